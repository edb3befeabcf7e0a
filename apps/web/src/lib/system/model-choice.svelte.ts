import { createContext } from 'svelte'
import { recall, remember } from '../storage.ts'
import type { ModelCatalog } from './model-catalog.svelte.ts'

/**
 * The model of the next request. A conversation keeps the model of the newest answer on the shown branch, until the
 * reader picks another. A new conversation begins with the reader's last pick for new ones, else with the API's
 * default. A model that is not offered any more is replaced by the default until the model server lists it again.
 */
export class ModelChoice {
  readonly #catalog: ModelCatalog
  readonly #home: string
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

  /**
   * @param lastModel the model of the newest answer on the shown branch
   * @param home the page's path on its host: another Slicechat on the same host has other models
   */
  constructor(catalog: ModelCatalog, lastModel: () => string | undefined, home = '/') {
    this.#catalog = catalog
    this.#home = home
    this.#lastModel = lastModel
  }

  /** The model to name in a request; `undefined` leaves it to the API when there is no choice. */
  get id(): string | undefined {
    return this.#catalog.all.length > 1 ? this.current?.id : undefined
  }

  /** Storage key of the pick. Ids of conversations are unique across instances. */
  get #name(): string {
    if (this.#conversationId !== undefined) return `model:${this.#conversationId}`
    return this.#home === '/' ? 'model' : `model:${this.#home}`
  }

  pick(id: string): void {
    const standard = this.#conversationId === undefined && id === this.#catalog.standard?.id
    this.#picked = id
    remember(this.#name, standard ? '' : id)
  }

  /** Switches to the choice of another conversation. */
  belongTo(conversationId: string | undefined): void {
    this.#conversationId = conversationId
    this.#picked = recall(this.#name)
  }

  /** Called when a new conversation has got its id. Its first answer gives it its model. */
  moveTo(conversationId: string): void {
    this.#conversationId = conversationId
    this.#picked = undefined
  }

  /** Called when the pick was used in a request: from now on it is the conversation's own. */
  asked(): void {
    if (this.#conversationId === undefined || this.#picked === undefined) return
    remember(this.#name, '')
    this.#picked = undefined
  }
}

/** The model choice of the open conversation. */
export const [useModelChoice, setModelChoice] = createContext<ModelChoice>()
