import { badRequest, badValue } from '../http/http-error.ts'
import type { Turn } from '../tokens/template.ts'
import { Fields } from './fields.ts'
import { readMessages } from './messages.ts'
import { floatText } from './python-text.ts'

/** A validated chat request. Fields that do not affect a simulated answer were checked and dropped. */
export interface ChatRequest {
  readonly model: string | undefined
  readonly turns: readonly Turn[]
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
  /** Requests with different salts share no cached prefix. */
  readonly cacheSalt: string
}

const MAX_STOP_STRINGS = 4

/** Reads a request. The fields are read in vLLM's order, because problems are reported in that order. */
export function parseChatRequest(body: string): {
  request: ChatRequest
  checkRanges: (maxModelLen: number) => void
} {
  const fields = Fields.parse(body)
  const turns = readMessages(fields)
  const model = fields.text('model')
  const frequency = fields.number('frequency_penalty') ?? 0
  const logprobs = fields.flag('logprobs')
  const maxTokens = fields.integer('max_tokens')
  const maxCompletionTokens = fields.integer('max_completion_tokens')
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
  const cacheSalt = checkedSalt(fields.raw('cache_salt'))
  fields.check()
  if (streamOptions !== undefined && !stream)
    throw badParameter('Stream options can only be defined when `stream=True`.', 'stream_options')

  const checkRanges = (maxModelLen: number) => {
    if (turns.length === 0)
      throw badRequest('Cannot apply chat template to an empty conversation. Provide at least one message.')
    if (
      Array.isArray(fields.raw('tools')) &&
      ['auto', undefined, null].includes(fields.raw('tool_choice') as null)
    )
      throw badRequest(
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
      )
    for (const [name, value] of Object.entries({
      max_completion_tokens: maxCompletionTokens,
      max_tokens: maxTokens,
    }))
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
    const limit = maxCompletionTokens ?? maxTokens
    if (limit !== undefined && limit < 1) throw tooFewTokens(limit)
    if (minTokens < 0) throw badRequest(`min_tokens must be greater than or equal to 0, got ${minTokens}.`)
    if (limit !== undefined && minTokens > limit)
      throw badRequest(`min_tokens must be less than or equal to max_tokens=${limit}, got ${minTokens}.`)
    if (stop.includes('')) throw badRequest('stop cannot contain an empty string.')
    if (n > 1) throw badRequest(`The simulator answers with one choice: n must be 1, got ${n}.`, 'n')
    if (logprobs) throw badRequest('The simulator has no probabilities: logprobs must be false.', 'logprobs')
  }
  const request = {
    model: model === '' ? undefined : model,
    turns,
    stream,
    includeUsage,
    continuousUsage: includeUsage && continuousUsage,
    maxTokens: maxCompletionTokens ?? maxTokens,
    minTokens,
    ignoreEos,
    stop,
    includeStop,
    seed,
    greedy: temperature === 0,
    returnTokenIds,
    cacheSalt,
  }
  return { request, checkRanges }
}

const MAX_SALT_CHARACTERS = 128

/** Checks a salt and throws at once, because vLLM refuses a bad salt before it checks any types. */
function checkedSalt(salt: unknown): string {
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

const badParameter = (message: string, param: string) => badRequest(`${message} (parameter=${param})`, param)

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
