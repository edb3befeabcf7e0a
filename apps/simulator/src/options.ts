import type { HostnameLabel } from './dcgm/identity.ts'

/** Everything that can be set on a simulator; the names are those of vLLM's flags. */
export interface SimulatorOptions {
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host: string
  /** Port to listen on; 0 takes any free one. Default 8000. */
  readonly port: number
  /** Milliseconds that requests in progress get to finish when the process is told to stop. Default 0. */
  readonly shutdownTimeoutMs: number
  /** The slice or whole card, `a800-40gb:2g.10gb`; `undefined`: the preset file's, or else that one. */
  readonly slice: string | undefined
  /** The model, `qwen2.5-3b-instruct`; `undefined`: the preset file's, or else that one. */
  readonly model: string | undefined
  /** Path of a preset file, as `calibrate` writes it. `slice` and `model` replace what it says of them. */
  readonly presetFile: string | undefined
  /** Model id; `sim/` is put before it where it does not begin so. `undefined`: the model's name. */
  readonly servedModelName: string | undefined
  /** Most tokens of prompt and answer together. `undefined`: what the model was made for. */
  readonly maxModelLen: number | undefined
  /** Share of the slice's memory that the server takes. */
  readonly gpuMemoryUtilization: number
  /** Most sequences that run at once; others wait. `undefined`: as vLLM; no limit with fixed timing. */
  readonly maxNumSeqs: number | undefined
  /** Most tokens that one step computes. `undefined`: as vLLM. */
  readonly maxNumBatchedTokens: number | undefined
  /** Blocks of prompts that were computed before are used again. */
  readonly enablePrefixCaching: boolean
  /** Bearer keys of which a request under `/v1` needs one; none: anybody may ask. */
  readonly apiKeys: readonly string[]
  /** Puts `metrics` beside the usage. */
  readonly enablePerRequestMetrics: boolean
  /** Tells in the usage how much of a prompt was found in the prefix cache, and how much put there. */
  readonly enablePromptTokensDetails: boolean
  /** Sends `X-Request-Id` with every response. */
  readonly enableRequestIdHeaders: boolean
  /** Requests that may wait or run before new ones are refused, as vLLM counts them. `undefined`: no limit. */
  readonly maxNumQueuedReqs: number | undefined
  /** Prompt tokens that may wait for their first output before new requests are refused. `undefined`: no limit. */
  readonly maxNumQueuedTokens: number | undefined
  /** Fills the `vllm:estimated_*` counters: FLOPs and bytes of every step. */
  readonly enableMfuMetrics: boolean
  /** With `itlMs`: fixed timing. Milliseconds from the start of a request to its first token. */
  readonly ttftMs: number | undefined
  /** With `ttftMs`: milliseconds from token to token. */
  readonly itlMs: number | undefined
  /** Port of the simulated dcgm-exporter; 0 takes any free one, `off`: there is none. */
  readonly dcgmPort: number | 'off'
  /** Milliseconds from one sample of the exporter to the next. */
  readonly dcgmIntervalMs: number
  /** How the exporter's label of the host is written: older builds, newer builds. */
  readonly dcgmHostnameLabel: HostnameLabel
  /** Chooses the answers, and the exporter's card. */
  readonly seed: number
  /** Every answer begins with reasoning. */
  readonly reasoning: boolean
}

const MODEL_PREFIX = 'sim/'

export const defaultOptions: SimulatorOptions = {
  host: '127.0.0.1',
  port: 8000,
  shutdownTimeoutMs: 0,
  slice: undefined,
  model: undefined,
  presetFile: undefined,
  servedModelName: undefined,
  maxModelLen: undefined,
  gpuMemoryUtilization: 0.92,
  maxNumSeqs: undefined,
  maxNumBatchedTokens: undefined,
  enablePrefixCaching: true,
  apiKeys: [],
  enablePerRequestMetrics: false,
  enablePromptTokensDetails: false,
  enableRequestIdHeaders: false,
  maxNumQueuedReqs: undefined,
  maxNumQueuedTokens: undefined,
  enableMfuMetrics: false,
  ttftMs: undefined,
  itlMs: undefined,
  dcgmPort: 'off',
  dcgmIntervalMs: 30_000,
  dcgmHostnameLabel: 'Hostname',
  seed: 0,
  reasoning: false,
}

/** A model id that says what it is. */
export const simulatedName = (name: string) => (name.startsWith(MODEL_PREFIX) ? name : MODEL_PREFIX + name)
