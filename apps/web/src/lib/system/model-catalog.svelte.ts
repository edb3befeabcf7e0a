import type { ChatClient, ModelInfo } from '@slicechat/client'

interface ModelsPort {
  api: { models: Pick<ChatClient['api']['models'], 'list'> }
}

/** The models that can be asked, and the one that will be. */
export class ModelCatalog {
  readonly #client: ModelsPort
  #models = $state.raw<ModelInfo[]>([])
  #picked = $state<string>()

  /** What is asked next: the reader's choice while it exists, else the first. */
  readonly current = $derived(this.#models.find(({ id }) => id === this.#picked) ?? this.#models[0])

  constructor(client: ModelsPort) {
    this.#client = client
  }

  get all(): ModelInfo[] {
    return this.#models
  }

  /** The model to name in a request; `undefined` leaves it to the server when there is no choice. */
  get choice(): string | undefined {
    return this.#models.length > 1 ? this.current?.id : undefined
  }

  isSimulated(id: string | undefined): boolean {
    return this.#models.some((model) => model.id === id && model.simulated)
  }

  pick(id: string): void {
    this.#picked = id
  }

  async refresh(): Promise<void> {
    this.#models = await this.#client.api.models.list.query()
  }
}
