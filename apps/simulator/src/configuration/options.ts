/** Names of the host's label in older and newer builds of dcgm-exporter. */
export const HOSTNAME_LABELS = ['Hostname', 'hostname'] as const
export type HostnameLabel = (typeof HOSTNAME_LABELS)[number]

/** All options of a simulator. Options that vLLM has too are named as vLLM's flags. */
export interface SimulatorOptions {
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host: string
  /** Port to listen on; 0 takes any free port. Default 8000. */
  readonly port: number
  /** Milliseconds that running requests have to finish when the process is told to stop. Default 0. */
  readonly shutdownTimeoutMs: number
  /** The slice or whole card. `undefined`: that of the preset file, otherwise `a800-40gb:2g.10gb`. */
  readonly slice: string | undefined
  /** The model. `undefined`: that of the preset file, otherwise `qwen2.5-3b-instruct`. */
  readonly model: string | undefined
  /** Path of a preset file, as `calibrate` writes it. `slice` and `model` take precedence over the file. */
  readonly presetFile: string | undefined
  /** Model id; `sim/` is put before it if missing. `undefined`: the model's name. */
  readonly servedModelName: string | undefined
  /** Most tokens of prompt and answer together. `undefined`: the context that the model was made for. */
  readonly maxModelLen: number | undefined
  /** Share of the slice's memory that the server takes. */
  readonly gpuMemoryUtilization: number
  /** Most sequences that run at once; others wait. `undefined`: as vLLM; no limit with fixed timing. */
  readonly maxNumSeqs: number | undefined
  /** Most tokens that one step computes. `undefined`: as vLLM. */
  readonly maxNumBatchedTokens: number | undefined
  /** Whether cached blocks of earlier prompts are reused. */
  readonly enablePrefixCaching: boolean
  /** Bearer keys, one of which a request under `/v1` needs; without keys every request is allowed. */
  readonly apiKeys: readonly string[]
  /** Whether responses have `metrics` beside the usage. */
  readonly enablePerRequestMetrics: boolean
  /** Whether the usage tells how many prompt tokens were found in the prefix cache, and how many were added to it. */
  readonly enablePromptTokensDetails: boolean
  /** Whether every response has an `X-Request-Id`. */
  readonly enableRequestIdHeaders: boolean
  /** New requests are refused while this many wait or run, as vLLM counts them. `undefined`: no limit. */
  readonly maxNumQueuedReqs: number | undefined
  /** New requests are refused while this many prompt tokens have no output yet. `undefined`: no limit. */
  readonly maxNumQueuedTokens: number | undefined
  /** Whether the `vllm:estimated_*` counters count the FLOPs and bytes of every step. */
  readonly enableMfuMetrics: boolean
  /** Fixed timing, with `itlMs`: milliseconds from the start of a request to its first token. */
  readonly ttftMs: number | undefined
  /** Fixed timing, with `ttftMs`: milliseconds from token to token. */
  readonly itlMs: number | undefined
  /** Port of the simulated dcgm-exporter; 0 takes any free port, `off` means no exporter. */
  readonly dcgmPort: number | 'off'
  /** Milliseconds from one sample of the exporter to the next. */
  readonly dcgmIntervalMs: number
  /** Name of the exporter's label of the host, which differs between older and newer builds. */
  readonly dcgmHostnameLabel: HostnameLabel
  /** Seed of the answers, and of the exporter's card. */
  readonly seed: number
  /** Whether every answer begins with reasoning. */
  readonly reasoning: boolean
}

/** The defaults of all options; `undefined` stands for one that `configure` decides. */
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
