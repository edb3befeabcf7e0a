import type { ServerError } from './server-error.ts'

/** The part of a request that asks for token counts; vLLM's `continuous_usage_stats` puts them on every chunk. */
export interface StreamOptions {
  readonly include_usage: true
  readonly continuous_usage_stats?: true
}

const everything: StreamOptions = { include_usage: true, continuous_usage_stats: true }
const standard: StreamOptions = { include_usage: true }

/** Models are named by callers: more than this many refusals are not remembered. */
const mostModels = 256

/**
 * What one server takes of the fields that are asked for only to know more. A field that it refuses is left out from then
 * on, for that model: behind one address different servers may serve different models.
 */
export class OptionalFields {
  readonly #taken = new Map<string, StreamOptions | undefined>()

  /** What to ask for. `undefined`: nothing. */
  streamOptions(model: string): StreamOptions | undefined {
    return this.#taken.has(model) ? this.#taken.get(model) : everything
  }

  /**
   * Learns from a refusal.
   * @param sent what was asked for; another request may have learnt since
   * @returns whether the refusal names a part of it, so that asking again without is worth it
   */
  refused(model: string, error: ServerError, sent: StreamOptions | undefined): boolean {
    if (sent === undefined || (error.status !== 400 && error.status !== 422)) return false
    const less = names(error, 'continuous_usage_stats') ? sent.continuous_usage_stats && standard : undefined
    if (less === undefined && !names(error, 'stream_options') && !names(error, 'include_usage')) return false
    // Whoever learnt in the meantime that nothing is taken knows more.
    if (this.#taken.has(model) && this.streamOptions(model) === undefined) return true
    if (this.#taken.size >= mostModels) this.#taken.clear()
    this.#taken.set(model, less)
    return true
  }
}

/** Whether an error is about a field of the request, wherever it says so. */
export function names({ fields, message }: ServerError, field: string): boolean {
  return fields.some((path) => path.split('.').includes(field)) || new RegExp(`\\b${field}\\b`).test(message)
}
