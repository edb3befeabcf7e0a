/** Everything that can be set on a simulator; the names are those of vLLM's flags. */
export interface SimulatorOptions {
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host: string
  /** Port to listen on; 0 takes any free one. Default 8000. */
  readonly port: number
  /** Model id; `sim/` is put before it where it does not begin so. */
  readonly servedModelName: string
  /** Most tokens of prompt and answer together. */
  readonly maxModelLen: number
  /** Most sequences that run at once; others wait. `undefined`: 256, or no limit with fixed timing. */
  readonly maxNumSeqs: number | undefined
  /** Bearer keys of which a request under `/v1` needs one; none: anybody may ask. */
  readonly apiKeys: readonly string[]
  /** Puts `metrics` beside the usage. */
  readonly enablePerRequestMetrics: boolean
  /** Sends `X-Request-Id` with every response. */
  readonly enableRequestIdHeaders: boolean
  /** Requests that may wait or run before new ones are refused, as vLLM counts them. `undefined`: no limit. */
  readonly maxNumQueuedReqs: number | undefined
  /** With `itlMs`: fixed timing. Milliseconds from the start of a request to its first token. */
  readonly ttftMs: number | undefined
  /** With `ttftMs`: milliseconds from token to token. */
  readonly itlMs: number | undefined
  /** Chooses the answers. */
  readonly seed: number
  /** Every answer begins with reasoning. */
  readonly reasoning: boolean
}

const MODEL_PREFIX = 'sim/'

export const defaultOptions: SimulatorOptions = {
  host: '127.0.0.1',
  port: 8000,
  servedModelName: 'sim/qwen2.5-3b-instruct',
  maxModelLen: 32_768,
  maxNumSeqs: undefined,
  apiKeys: [],
  enablePerRequestMetrics: false,
  enableRequestIdHeaders: false,
  maxNumQueuedReqs: undefined,
  ttftMs: undefined,
  itlMs: undefined,
  seed: 0,
  reasoning: false,
}

/** A model id that says what it is. */
export const simulatedName = (name: string) => (name.startsWith(MODEL_PREFIX) ? name : MODEL_PREFIX + name)
