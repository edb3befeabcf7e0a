import type { ChatClient, ModelInfo } from '@slicechat/client'

export interface ModelsPort {
  api: { models: Pick<ChatClient['api']['models'], 'list'> }
}

/** The models that the API offers. */
export class ModelCatalog {
  readonly #client: ModelsPort
  #models = $state.raw<ModelInfo[]>([])

  /** The model that answers if nobody chooses: the API's default. */
  readonly standard = $derived(this.#models.find((model) => model.default) ?? this.#models[0])

  constructor(client: ModelsPort) {
    this.#client = client
  }

  get all(): ModelInfo[] {
    return this.#models
  }

  find(id: string | undefined): ModelInfo | undefined {
    return this.#models.find((model) => model.id === id)
  }

  async refresh(): Promise<void> {
    const models = await this.#client.api.models.list.query()
    // Ids are keys of lists on the page: an id that came twice would break the page.
    this.#models = models.filter(({ id }, index) => models.findIndex((other) => other.id === id) === index)
  }
}
