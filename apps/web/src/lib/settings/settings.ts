import { BranchMemory } from './branch-memory.ts'
import { removeSettings, type Setting, setting } from './setting.ts'

/**
 * Everything that the browser keeps for its reader. All sites of a host share its storage, so what differs between two
 * Slicechats there is kept by base path. Ids of conversations are unique across instances.
 */
export class Settings {
  /** `light` or `dark`; none: as the system. `app.html` reads it too. */
  readonly theme = setting('theme')
  /** `closed` if the panel is closed where there is room for it beside the page. */
  readonly panel = setting('panel')
  /** Branches that are shown in place of the newest one. */
  readonly branches = new BranchMemory(setting('branches'))
  /** The base path, or nothing at the root of the host. */
  readonly #place: string

  /** @param basePath path of the page on its host, with a slash at its end */
  constructor(basePath = '/') {
    this.#place = basePath === '/' ? '' : basePath
  }

  /** The text that is being typed in a conversation, or in a new one. */
  draft(conversationId: string | undefined): Setting {
    return setting(`draft:${this.#place}${conversationId ?? 'new'}`)
  }

  /** The model that was picked for a conversation and not used yet, or the one for new conversations. */
  model(conversationId: string | undefined): Setting {
    const place = conversationId ?? this.#place
    return setting(place === '' ? 'model' : `model:${place}`)
  }

  /** Called when the person signs out: the next one at this browser must not find what this one was writing. */
  forgetPerson(): void {
    removeSettings('draft:', 'model', 'branches')
  }

  /** Called when a conversation was deleted. A draft stays: a page that still shows the conversation may save it. */
  forget(conversationId: string): void {
    this.branches.set(conversationId, undefined)
    this.model(conversationId).set('')
  }
}
