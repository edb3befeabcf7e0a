import type { ChatClient, ModelInfo } from '@slicechat/client'

export interface ModelsPort {
  api: { models: Pick<ChatClient['api']['models'], 'list'> }
}

/** The models that can be asked. */
export class ModelCatalog {
  readonly #client: ModelsPort
  #models = $state.raw<ModelInfo[]>([])

  /** What answers where nobody chooses: the API's default. */
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
    // Ids are keys of lists on the page: one that came twice would take the page down.
    this.#models = models.filter(({ id }, index) => models.findIndex((other) => other.id === id) === index)
  }
}
