import type { ModelCard } from '@slicechat/model-server'
import { CodedError } from '../errors.ts'
import type { UpstreamClient } from './client.ts'
import type { Model } from './upstream.ts'

const FRESH_MS = 10_000

/**
 * The models that the server lists, each once. A preferred model that is not listed comes first: many servers accept
 * names that they do not list, and some list nothing at all.
 */
function toModels(cards: readonly ModelCard[], preferred: string | undefined): Model[] {
  const lengths = new Map<string, number | null>()
  if (preferred !== undefined && !cards.some(({ id }) => id === preferred)) lengths.set(preferred, null)
  for (const { id, maxModelLen } of cards) lengths.set(id, lengths.get(id) ?? maxModelLen)
  const standard = preferred ?? cards[0]?.id
  return [...lengths].map(([id, maxModelLen]) => ({ id, maxModelLen, default: id === standard }))
}

/**
 * The list of models that one server can be asked for. Once it is known, callers never wait for it: a list older than
 * ten seconds is refreshed in the background, and during an outage the last known list stays.
 */
export class Models {
  readonly #client: UpstreamClient
  readonly #preferred: string | undefined
  readonly #onChange: (ids: string[]) => void
  #known: Model[] = []
  #asked: Promise<Model[]> | null = null
  #askedAt = Number.NEGATIVE_INFINITY

  /** @param preferred the model for calls that name none; default: the first listed one */
  constructor(client: UpstreamClient, preferred: string | undefined, onChange: (ids: string[]) => void) {
    this.#client = client
    this.#preferred = preferred
    this.#onChange = onChange
  }

  /** @throws {CodedError} when the server has never sent a list, does not now, and no model is preferred */
  async list(): Promise<Model[]> {
    if (this.#known.length === 0) return this.refresh()
    if (performance.now() - this.#askedAt > FRESH_MS) this.refresh().catch(() => {})
    return this.#known
  }

  /** Requests the list now; simultaneous callers share one request. @throws {CodedError} */
  refresh(): Promise<Model[]> {
    if (this.#asked === null) this.#askedAt = performance.now()
    this.#asked ??= this.#ask().finally(() => {
      this.#asked = null
    })
    return this.#asked
  }

  async #ask(): Promise<Model[]> {
    const preferred = this.#preferred
    try {
      this.#known = toModels(await this.#client.models(preferred === undefined), preferred)
    } catch (error) {
      if (preferred === undefined) throw error
      // During an outage the last known list stays; before the first list, the preferred model is the list.
      if (this.#known.length === 0) this.#known = toModels([], preferred)
    }
    this.#onChange(this.#known.map(({ id }) => id))
    return this.#known
  }

  /** The model for a call. @throws {CodedError} */
  async resolve(wanted: string | undefined): Promise<string> {
    const id = wanted ?? this.#preferred ?? (await this.list())[0]?.id
    if (id === undefined)
      throw new CodedError('MODEL_NOT_FOUND', 'The model server lists no model. Set MODEL to name one.')
    return id
  }

  /** The model under which a call is counted that never reached one. */
  likely(wanted: string | undefined): string {
    return wanted ?? this.#preferred ?? this.#known[0]?.id ?? 'other'
  }

  /** The context length in tokens, `null` if the server does not tell it. */
  async contextLength(id: string): Promise<number | null> {
    const models = await this.list().catch(() => [])
    return models.find((model) => model.id === id)?.maxModelLen ?? null
  }
}
