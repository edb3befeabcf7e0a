import { badRequest, badValue } from '../http/http-error.ts'
import type { Fields } from './fields.ts'
import { floatText } from './python-text.ts'

/** A validated request of either endpoint. Fields that do not affect a simulated answer were checked and dropped. */
export interface CompletionRequest extends Sampling {
  readonly model: string | undefined
  /** All texts of the prompt, on which the answer depends. */
  readonly texts: readonly string[]
  /** The text that is answered, and that may contain directives. */
  readonly message: string
  readonly promptIds: () => readonly number[]
  /** The text that comes back before the answer; only with `echo`. */
  readonly echoed: string
  /** Requests with different salts share no cached prefix. */
  readonly cacheSalt: string
}

/** What a request says about its answer. */
export interface Sampling {
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly continuousUsage: boolean
  /** The requested limit; `undefined` means until the context is full. */
  readonly maxTokens: number | undefined
  readonly minTokens: number
  readonly ignoreEos: boolean
  readonly stop: readonly string[]
  readonly includeStop: boolean
  readonly seed: number | undefined
  readonly greedy: boolean
  readonly returnTokenIds: boolean
}

/** A request, and the checks of its values, which come after admission. */
export interface ParsedRequest {
  readonly request: CompletionRequest
  /** @throws {HttpError} for the first value that is out of its range */
  readonly checkRanges: (maxModelLen: number) => void
}

/** In what the endpoints differ. */
export interface SamplingStyle {
  /** Reads whether log probabilities are asked for. */
  readonly readLogprobs: (fields: Fields) => boolean
  /** The fields that limit the answer; of several that are set the last counts. */
  readonly limits: readonly string[]
  readonly defaultLimit: number | undefined
}

const MAX_STOP_STRINGS = 4

/** Reads the common fields in vLLM's order, because problems are reported in that order. */
export function readSampling(
  fields: Fields,
  style: SamplingStyle,
): { sampling: Sampling; hasStreamOptions: boolean; checkRanges: (maxModelLen: number) => void } {
  const frequency = fields.number('frequency_penalty') ?? 0
  const logprobs = style.readLogprobs(fields)
  const limits = style.limits.map((name) => [name, fields.integer(name)] as const)
  const n = fields.integer('n') ?? 1
  const presence = fields.number('presence_penalty') ?? 0
  const seed = fields.integer('seed')
  const stop = fields.texts('stop', MAX_STOP_STRINGS)
  const stream = fields.flag('stream')
  const streamOptions = fields.object('stream_options')
  const includeUsage = streamOptions?.flag('include_usage') ?? false
  const continuousUsage = streamOptions?.flag('continuous_usage_stats') ?? false
  const temperature = fields.number('temperature') ?? 1
  const topP = fields.number('top_p') ?? 1
  const topK = fields.integer('top_k') ?? 0
  const minP = fields.number('min_p') ?? 0
  const repetition = fields.number('repetition_penalty') ?? 1
  const includeStop = fields.flag('include_stop_str_in_output')
  const ignoreEos = fields.flag('ignore_eos')
  const minTokens = fields.integer('min_tokens') ?? 0
  const returnTokenIds = fields.flag('return_token_ids')
  const limit = limits.findLast(([, value]) => value !== undefined)?.[1] ?? style.defaultLimit

  const checkRanges = (maxModelLen: number) => {
    for (const [name, value] of limits.toReversed())
      if (value !== undefined && value > maxModelLen)
        throw badValue(
          `${name}=${integerText(value)} cannot be greater than max_model_len=${maxModelLen}. Please request fewer output tokens.`,
          name,
          integerText(value),
        )
    if (n < 1) throw badRequest(`n must be at least 1, got ${n}.`)
    inRange('presence_penalty', presence, -2, 2)
    inRange('frequency_penalty', frequency, -2, 2)
    if (repetition <= 0)
      throw badRequest(`repetition_penalty must be greater than zero, got ${floatText(repetition)}.`)
    if (temperature < 0) throw outOfRange('temperature', 'must be non-negative', temperature)
    if (temperature > 2) throw outOfRange('temperature', 'must be in [0, 2]', temperature)
    if (topP <= 0 || topP > 1) throw outOfRange('top_p', 'must be in (0, 1]', topP)
    if (topK < -1) throw badRequest(`top_k must be 0 (disable), or at least 1, got ${topK}.`)
    if (minP < 0 || minP > 1) throw badRequest(`min_p must be in [0, 1], got ${floatText(minP)}.`)
    if (limit !== undefined && limit < 1) throw tooFewTokens(limit)
    if (minTokens < 0) throw badRequest(`min_tokens must be greater than or equal to 0, got ${minTokens}.`)
    if (limit !== undefined && minTokens > limit)
      throw badRequest(`min_tokens must be less than or equal to max_tokens=${limit}, got ${minTokens}.`)
    if (stop.includes('')) throw badRequest('stop cannot contain an empty string.')
    if (n > 1) throw badRequest(`The simulator answers with one choice: n must be 1, got ${n}.`, 'n')
    if (logprobs)
      throw badRequest('The simulator has no probabilities: logprobs must not be asked for.', 'logprobs')
  }
  const sampling = {
    stream,
    includeUsage,
    continuousUsage: includeUsage && continuousUsage,
    maxTokens: limit,
    minTokens,
    ignoreEos,
    stop,
    includeStop,
    seed,
    greedy: temperature === 0,
    returnTokenIds,
  }
  return { sampling, hasStreamOptions: streamOptions !== undefined, checkRanges }
}

const MAX_SALT_CHARACTERS = 128

/** Checks a salt and throws at once, because vLLM refuses a bad salt before it checks any types. */
export function checkedSalt(salt: unknown): string {
  if (salt === undefined || salt === null) return ''
  if (typeof salt !== 'string' || salt === '')
    throw badParameter("Parameter 'cache_salt' must be a non-empty string if provided.", 'cache_salt')
  if (Array.from(salt).length > MAX_SALT_CHARACTERS || /[@/\\\0]/.test(salt))
    throw badParameter(
      "Parameter 'cache_salt' must be at most 128 characters and must not contain '@', '/', '\\\\', or NUL.",
      'cache_salt',
    )
  return salt
}

/** The error for options of a stream that is none. */
export const noStream = () =>
  badParameter('Stream options can only be defined when `stream=True`.', 'stream_options')

export const badParameter = (message: string, param: string) =>
  badRequest(`${message} (parameter=${param})`, param)

export function tooFewTokens(maxTokens: number) {
  return badValue(`max_tokens must be at least 1, got ${maxTokens}.`, 'max_tokens', String(maxTokens))
}

function outOfRange(name: string, rule: string, value: number) {
  return badValue(`${name} ${rule}, got ${floatText(value)}.`, name, floatText(value))
}

function inRange(name: string, value: number, from: number, to: number): void {
  if (value < from || value > to)
    throw badRequest(`${name} must be in [${from}, ${to}], got ${floatText(value)}.`)
}

/** An integer in digits only, where JavaScript would write 1e+21. */
const integerText = (value: number) => (Number.isFinite(value) ? BigInt(value).toString() : String(value))
