import { CodedError } from '../errors.ts'
import type { ModelCard, Upstream } from './upstream.ts'

const freshMs = 10_000

/**
 * The server's list of models. Once known it never keeps a caller waiting: when it is older than ten
 * seconds it is asked for anew in the background, and the last known one bridges an outage.
 */
export class Models {
  readonly #upstream: Upstream
  readonly #preferred: string | undefined
  readonly #onChange: (ids: string[]) => void
  #known: ModelCard[] = []
  #asked: Promise<ModelCard[]> | null = null
  #askedAt = Number.NEGATIVE_INFINITY

  /** @param preferred the model that serves when a call names none; default: the first listed */
  constructor(upstream: Upstream, preferred: string | undefined, onChange: (ids: string[]) => void) {
    this.#upstream = upstream
    this.#preferred = preferred
    this.#onChange = onChange
  }

  /** @throws {CodedError} when the server cannot be asked and never could */
  async list(): Promise<ModelCard[]> {
    if (this.#known.length === 0) return this.refresh()
    if (performance.now() - this.#askedAt > freshMs) this.refresh().catch(() => {})
    return this.#known
  }

  /** Asks now; simultaneous callers share one request. @throws {CodedError} */
  refresh(): Promise<ModelCard[]> {
    if (this.#asked === null) this.#askedAt = performance.now()
    this.#asked ??= this.#upstream
      .models()
      .then((models) => {
        this.#known = models
        this.#onChange(models.map(({ id }) => id))
        return models
      })
      .finally(() => {
        this.#asked = null
      })
    return this.#asked
  }

  /** The model for a call. @throws {CodedError} */
  async resolve(wanted: string | undefined): Promise<string> {
    const id = wanted ?? this.#preferred ?? (await this.list())[0]?.id
    if (id === undefined) throw new CodedError('MODEL_NOT_FOUND', 'The model server lists no model.')
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
