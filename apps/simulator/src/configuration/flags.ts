import { z } from 'zod'
import { defaultOptions, HOSTNAME_LABELS, type SimulatorOptions } from './options.ts'

const integer = (least: number, most: number) =>
  z.string().regex(/^\d+$/, 'a whole number').transform(Number).pipe(z.int().min(least).max(most))

/** A duration: `50ms`, `1.5s`, or a number of milliseconds. */
const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s)?$/, 'a duration such as 50ms or 1.5s')
  .transform((text) => Number.parseFloat(text) * (/[^m]s$/.test(text) ? 1000 : 1))

const share = z
  .string()
  .regex(/^\d*\.?\d+$/, 'a number such as 0.92')
  .transform(Number)
  .pipe(z.number().gt(0).max(1))

/** A switch. As a flag it has no value, and `--no-` before it turns it off. */
const toggle = z.enum(['true', 'false', '1', '0', '']).transform((text) => text === 'true' || text === '1')
const name = z.string().min(1)
const port = integer(0, 65_535)
const off = z.enum(['off', '']).transform(() => 'off' as const)
const amount = integer(1, 100_000_000)
const limit = integer(0, 100_000_000)

/** Headings of the help text, in its order. */
export const groups = {
  slice: 'Slice and model',
  engine: 'Engine, as with vLLM',
  server: 'Server',
  dcgm: 'DCGM exporter',
  answers: 'Timing and answers',
} as const

/** How an option is given from outside. */
interface OptionFlag<T> {
  /** Name on the command line, without the dashes. */
  readonly flag: string
  /** The environment variable, which counts if the flag is not given. */
  readonly env: string
  /** Heading of its line in the help text. */
  readonly group: keyof typeof groups
  readonly schema: z.ZodType<T, string>
  readonly help: string
}

/** The flag of every option. Parser and help text use this table; a test compares the docs with it. */
export const optionFlags: { readonly [O in keyof SimulatorOptions]: OptionFlag<SimulatorOptions[O]> } = {
  slice: { flag: 'slice', env: 'SIM_SLICE', group: 'slice', schema: name, help: 'MIG slice or whole card' },
  model: {
    flag: 'model',
    env: 'SIM_MODEL_PRESET',
    group: 'slice',
    schema: name,
    help: 'model whose sizes count',
  },
  presetFile: {
    flag: 'preset',
    env: 'SIM_PRESET',
    group: 'slice',
    schema: name,
    help: 'preset file, as calibrate writes it',
  },
  gpuMemoryUtilization: {
    flag: 'gpu-memory-utilization',
    env: 'SIM_GPU_MEMORY_UTILIZATION',
    group: 'slice',
    schema: share,
    help: 'share of the memory that is used',
  },
  maxModelLen: {
    flag: 'max-model-len',
    env: 'SIM_MAX_MODEL_LEN',
    group: 'engine',
    schema: integer(64, 10_000_000),
    help: 'context in tokens',
  },
  maxNumSeqs: {
    flag: 'max-num-seqs',
    env: 'SIM_MAX_NUM_SEQS',
    group: 'engine',
    schema: amount,
    help: 'sequences that run at once',
  },
  maxNumBatchedTokens: {
    flag: 'max-num-batched-tokens',
    env: 'SIM_MAX_NUM_BATCHED_TOKENS',
    group: 'engine',
    schema: amount,
    help: 'tokens that a step computes',
  },
  enablePrefixCaching: {
    flag: 'enable-prefix-caching',
    env: 'SIM_PREFIX_CACHING',
    group: 'engine',
    schema: toggle,
    help: 'on; --no-enable-prefix-caching turns it off',
  },
  maxNumQueuedReqs: {
    flag: 'max-num-queued-reqs',
    env: 'SIM_MAX_NUM_QUEUED_REQS',
    group: 'engine',
    schema: limit,
    help: 'requests that may wait or run',
  },
  maxNumQueuedTokens: {
    flag: 'max-num-queued-tokens',
    env: 'SIM_MAX_NUM_QUEUED_TOKENS',
    group: 'engine',
    schema: limit,
    help: 'prompt tokens that may wait to be computed',
  },
  enableMfuMetrics: {
    flag: 'enable-mfu-metrics',
    env: 'SIM_MFU_METRICS',
    group: 'engine',
    schema: toggle,
    help: 'counts FLOPs and bytes of every step',
  },
  host: { flag: 'host', env: 'SIM_HOST', group: 'server', schema: name, help: 'address to listen on' },
  port: {
    flag: 'port',
    env: 'SIM_PORT',
    group: 'server',
    schema: port,
    help: 'port to listen on; 0 takes any free one',
  },
  shutdownTimeoutMs: {
    flag: 'shutdown-timeout',
    env: 'SIM_SHUTDOWN_TIMEOUT',
    group: 'server',
    schema: integer(0, 86_400).transform((seconds) => seconds * 1000),
    help: 'seconds that requests get to finish on SIGTERM',
  },
  servedModelName: {
    flag: 'served-model-name',
    env: 'SIM_MODEL',
    group: 'server',
    schema: name,
    help: 'model id; begins with sim/',
  },
  apiKeys: {
    flag: 'api-key',
    env: 'SIM_API_KEY',
    group: 'server',
    schema: z
      .string()
      .regex(/^[^,\s]+(,[^,\s]+)*$/, 'one key or several, separated by commas')
      .transform((keys) => keys.split(',')),
    help: 'bearer key(s), separated by commas',
  },
  enablePerRequestMetrics: {
    flag: 'enable-per-request-metrics',
    env: 'SIM_PER_REQUEST_METRICS',
    group: 'server',
    schema: toggle,
    help: 'metrics beside the usage',
  },
  enablePromptTokensDetails: {
    flag: 'enable-prompt-tokens-details',
    env: 'SIM_PROMPT_TOKENS_DETAILS',
    group: 'server',
    schema: toggle,
    help: 'cached tokens in the usage',
  },
  enableRequestIdHeaders: {
    flag: 'enable-request-id-headers',
    env: 'SIM_REQUEST_ID_HEADERS',
    group: 'server',
    schema: toggle,
    help: 'X-Request-Id in responses',
  },
  dcgmPort: {
    flag: 'dcgm-port',
    env: 'SIM_DCGM_PORT',
    group: 'dcgm',
    schema: z.union([off, port], 'a port, or off'),
    help: 'port of the exporter; 0: any free one; off',
  },
  dcgmIntervalMs: {
    flag: 'dcgm-interval',
    env: 'SIM_DCGM_INTERVAL',
    group: 'dcgm',
    schema: duration.pipe(z.number().min(100, 'at least 100ms').max(86_400_000, 'at most a day')),
    help: 'from sample to sample',
  },
  dcgmHostnameLabel: {
    flag: 'dcgm-hostname-label',
    env: 'SIM_DCGM_HOSTNAME_LABEL',
    group: 'dcgm',
    schema: z.enum(HOSTNAME_LABELS, `one of ${HOSTNAME_LABELS.join(', ')}`),
    help: 'Hostname, or hostname as newer builds have it',
  },
  ttftMs: {
    flag: 'ttft',
    env: 'SIM_TTFT',
    group: 'answers',
    schema: duration,
    help: 'fixed time to first token (with --itl)',
  },
  itlMs: {
    flag: 'itl',
    env: 'SIM_ITL',
    group: 'answers',
    schema: duration,
    help: 'fixed time from token to token (with --ttft)',
  },
  seed: {
    flag: 'seed',
    env: 'SIM_SEED',
    group: 'answers',
    schema: integer(0, 4_294_967_295),
    help: 'chooses the answers',
  },
  reasoning: {
    flag: 'reasoning',
    env: 'SIM_REASONING',
    group: 'answers',
    schema: toggle,
    help: 'answers begin with reasoning',
  },
}

/** All options, in the order of the help text. */
export const optionNames = Object.keys(optionFlags) as (keyof SimulatorOptions)[]

/** Whether an option is a flag without a value. */
export const isSwitch = (option: keyof SimulatorOptions) => typeof defaultOptions[option] === 'boolean'
