import type { ServerError } from './server-error.ts'

/** The part of a request that asks for token counts; vLLM's `continuous_usage_stats` puts them on every chunk. */
export interface StreamOptions {
  readonly include_usage: true
  readonly continuous_usage_stats?: true
}

const ALL_OPTIONS: StreamOptions = { include_usage: true, continuous_usage_stats: true }
const STANDARD_OPTIONS: StreamOptions = { include_usage: true }

/** Most models whose refusals are remembered, because callers can name any number of models. */
const MAX_MODELS = 256

/**
 * Remembers which optional fields one server accepts, those that only ask for more information. A field that it refuses is
 * left out from then on for that model, because different servers behind one address may serve different models.
 */
export class OptionalFields {
  readonly #accepted = new Map<string, StreamOptions | undefined>()

  /** The `stream_options` to ask for; `undefined` for none. */
  streamOptions(model: string): StreamOptions | undefined {
    return this.#accepted.has(model) ? this.#accepted.get(model) : ALL_OPTIONS
  }

  /**
   * Learns from a refusal.
   * @param sent the options of the refused request; another request may have learnt more since
   * @returns whether the refusal names one of them, so that the request can be repeated without it
   */
  refused(model: string, error: ServerError, sent: StreamOptions | undefined): boolean {
    if (sent === undefined || (error.status !== 400 && error.status !== 422)) return false
    const reduced = namesField(error, 'continuous_usage_stats')
      ? sent.continuous_usage_stats && STANDARD_OPTIONS
      : undefined
    if (reduced === undefined && !namesField(error, 'stream_options') && !namesField(error, 'include_usage'))
      return false
    // Another request learnt in the meantime that the server accepts none.
    if (this.#accepted.has(model) && this.streamOptions(model) === undefined) return true
    if (this.#accepted.size >= MAX_MODELS) this.#accepted.clear()
    this.#accepted.set(model, reduced)
    return true
  }
}

/** Whether an error is about a field of the request, wherever it says so. */
export function namesField({ fields, message }: ServerError, field: string): boolean {
  return fields.some((path) => path.split('.').includes(field)) || new RegExp(`\\b${field}\\b`).test(message)
}
