import { createContext } from 'svelte'
import type { Setting } from '../settings/setting.ts'
import type { Settings } from '../settings/settings.ts'
import type { ModelCatalog } from './model-catalog.svelte.ts'

/**
 * The model of the next request. A conversation keeps the model of the newest answer on the shown branch, until the
 * reader picks another. A new conversation begins with the reader's last pick for new ones, else with the API's
 * default. A model that is not offered any more is replaced by the default until the model server lists it again.
 */
export class ModelChoice {
  readonly #catalog: ModelCatalog
  readonly #settings: Settings
  readonly #lastModel: () => string | undefined
  #conversationId: string | undefined
  /** Picked, but not used in a request yet. It is remembered, so that a reload does not undo it. */
  #picked = $state<string>()

  readonly #wanted = $derived.by(() => this.#picked ?? this.#lastModel())
  readonly current = $derived.by(() => this.#catalog.find(this.#wanted) ?? this.#catalog.standard)
  /** The conversation's model, if it is not offered any more. */
  readonly missing = $derived.by(() =>
    this.current && this.#wanted !== this.current.id ? this.#wanted : undefined,
  )

  /** @param lastModel the model of the newest answer on the shown branch */
  constructor(catalog: ModelCatalog, lastModel: () => string | undefined, settings: Settings) {
    this.#catalog = catalog
    this.#lastModel = lastModel
    this.#settings = settings
  }

  /** The model to name in a request; `undefined` leaves it to the API when there is no choice. */
  get id(): string | undefined {
    return this.#catalog.all.length > 1 ? this.current?.id : undefined
  }

  get #kept(): Setting {
    return this.#settings.model(this.#conversationId)
  }

  pick(id: string): void {
    const standard = this.#conversationId === undefined && id === this.#catalog.standard?.id
    this.#picked = id
    this.#kept.set(standard ? '' : id)
  }

  /** Switches to the choice of another conversation. */
  belongTo(conversationId: string | undefined): void {
    this.#conversationId = conversationId
    this.#picked = this.#kept.get()
  }

  /** Called when a new conversation has got its id. Its first answer gives it its model. */
  moveTo(conversationId: string): void {
    this.#conversationId = conversationId
    this.#picked = undefined
  }

  /** Called when the pick was used in a request: from now on it is the conversation's own. */
  asked(): void {
    if (this.#conversationId === undefined || this.#picked === undefined) return
    this.#kept.set('')
    this.#picked = undefined
  }
}

/** The model choice of the open conversation. */
export const [useModelChoice, setModelChoice] = createContext<ModelChoice>()
