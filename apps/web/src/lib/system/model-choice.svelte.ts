import { recall, remember } from '../storage.ts'
import type { ModelCatalog } from './model-catalog.svelte.ts'

/**
 * Which model is asked next. A conversation keeps the one that gave its last answer on the branch that is shown, until
 * the reader picks another; a new one begins with the reader's last pick for new ones, else with the API's default. A
 * model that is not offered any more gives way to the default, and comes back with the model server's list.
 */
export class ModelChoice {
  readonly #catalog: ModelCatalog
  readonly #home: string
  readonly #lastModel: () => string | undefined
  #conversationId: string | undefined
  /** Picked, and not yet asked. Remembered, so that a reload does not undo it. */
  #picked = $state<string>()

  readonly #wanted = $derived.by(() => this.#picked ?? this.#lastModel())
  readonly current = $derived.by(() => this.#catalog.find(this.#wanted) ?? this.#catalog.standard)
  /** The model that this conversation has and that is not offered any more. */
  readonly missing = $derived.by(() =>
    this.current && this.#wanted !== this.current.id ? this.#wanted : undefined,
  )

  /**
   * @param lastModel the model of the newest answer on the branch that is shown
   * @param home where the page is on its host: another Slicechat there has other models
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

  /** What the pick is remembered by. Conversations' ids are their own everywhere. */
  get #name(): string {
    if (this.#conversationId !== undefined) return `model:${this.#conversationId}`
    return this.#home === '/' ? 'model' : `model:${this.#home}`
  }

  pick(id: string): void {
    const standard = this.#conversationId === undefined && id === this.#catalog.standard?.id
    this.#picked = id
    remember(this.#name, standard ? '' : id)
  }

  /** Changes to another conversation's choice. */
  belongTo(conversationId: string | undefined): void {
    this.#conversationId = conversationId
    this.#picked = recall(this.#name)
  }

  /** The new conversation has got its id; it has its model from its first answer. */
  moveTo(conversationId: string): void {
    this.#conversationId = conversationId
    this.#picked = undefined
  }

  /** The choice was asked, and is the conversation's own from now on. */
  asked(): void {
    if (this.#conversationId === undefined || this.#picked === undefined) return
    remember(this.#name, '')
    this.#picked = undefined
  }
}
