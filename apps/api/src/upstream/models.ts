import type { ModelCard } from '@slicechat/model-server'
import { CodedError } from '../errors.ts'
import type { Upstream } from './upstream.ts'

const freshMs = 10_000

/** A model that can be asked. */
export interface Model extends ModelCard {
  /** Whether it serves calls that name no model. */
  default: boolean
}

/**
 * What the server lists, each model once, and before it the preferred one where it is not listed: many servers take
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
 * The models that can be asked. Once known it never keeps a caller waiting: when it is older than ten
 * seconds it is asked for anew in the background, and the last known one bridges an outage.
 */
export class Models {
  readonly #upstream: Upstream
  readonly #preferred: string | undefined
  readonly #onChange: (ids: string[]) => void
  #known: Model[] = []
  #asked: Promise<Model[]> | null = null
  #askedAt = Number.NEGATIVE_INFINITY

  /** @param preferred the model that serves when a call names none; default: the first listed */
  constructor(upstream: Upstream, preferred: string | undefined, onChange: (ids: string[]) => void) {
    this.#upstream = upstream
    this.#preferred = preferred
    this.#onChange = onChange
  }

  /** @throws {CodedError} when the server cannot be asked and never could, and no model is preferred */
  async list(): Promise<Model[]> {
    if (this.#known.length === 0) return this.refresh()
    if (performance.now() - this.#askedAt > freshMs) this.refresh().catch(() => {})
    return this.#known
  }

  /** Asks now; simultaneous callers share one request. @throws {CodedError} */
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
      this.#known = toModels(await this.#upstream.models(preferred === undefined), preferred)
    } catch (error) {
      if (preferred === undefined) throw error
      // The last known list bridges an outage; before there is one, the preferred model is the list.
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

  /** The id that a call is counted under when it never came to a model. */
  likely(wanted: string | undefined): string {
    return wanted ?? this.#preferred ?? this.#known[0]?.id ?? 'other'
  }

  /** The context length in tokens, `null` where the server does not say. */
  async contextLength(id: string): Promise<number | null> {
    const models = await this.list().catch(() => [])
    return models.find((model) => model.id === id)?.maxModelLen ?? null
  }
}
