import { CodedError } from '../errors.ts'
import { DEFAULT_ANSWER_TOKENS, estimateTokens } from '../generations/token-estimate.ts'
import { memberOf, withMember } from './json-members.ts'

/** A request to the model server: what the API has to know of it, and the rest as it came. */
export interface DoorRequest {
  /** The model that it names; `undefined` for the default one. */
  model: string | undefined
  stream: boolean
  /** Whether the caller of a stream asked for its usage. */
  wantsUsage: boolean
  /** Number of answers: prompts times `n`. */
  answers: number
  /** Estimates, for the time until the model server has counted. */
  tokens: { prompt: number; expected: number }
  /**
   * The body for the model server.
   * @param model the model to name, if the caller named none
   * @param withUsage whether to ask for the usage at the end of the stream
   */
  body: (model: string, withUsage: boolean) => Buffer
}

/** Most answers that one request may ask for: they share one place of the admission. */
const MAX_ANSWERS = 16

type Raw = Record<string, unknown>
const isRaw = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const bad = (field: string, message: string): CodedError =>
  new CodedError('BAD_INPUT', `${field}: ${message}`, { field })

/** A boolean; model servers read more as one, such as "yes", and the API has to read it as they do. */
function booleanOf(value: unknown, field: string): boolean {
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw bad(field, 'must be true or false')
  return value
}

function answersOf({ n, prompt }: Raw): number {
  if (n !== undefined && n !== null && !(Number.isSafeInteger(n) && Number(n) >= 1))
    throw bad('n', 'must be an integer of at least 1')
  // A list of numbers is one prompt in tokens.
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt.length : 1
  const answers = Math.max(1, prompts) * Number(n ?? 1)
  if (answers > MAX_ANSWERS)
    throw bad(prompts > 1 ? 'prompt' : 'n', `one request may ask for at most ${MAX_ANSWERS} answers`)
  return answers
}

/** The texts of a prompt: strings, messages with strings or parts, lists of these. Images have none. */
function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (Array.isArray(value)) for (const part of value as unknown[]) yield* textsOf(part)
  else if (isRaw(value)) yield* textsOf(value['content'] ?? value['text'])
}

function tokensOf(raw: Raw, answers: number): DoorRequest['tokens'] {
  const prompt = estimateTokens(...textsOf(raw['messages']), ...textsOf(raw['prompt']))
  const max = raw['max_completion_tokens'] ?? raw['max_tokens']
  const each = typeof max === 'number' && max > 0 ? max : DEFAULT_ANSWER_TOKENS
  return { prompt, expected: prompt + answers * each }
}

/** Reads the body of a chat completion or of a completion. @throws {CodedError} BAD_INPUT */
export function readRequest(bytes: Buffer): DoorRequest {
  let raw: unknown
  try {
    raw = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new CodedError('BAD_INPUT', 'The body is not valid JSON.')
  }
  if (!isRaw(raw)) throw new CodedError('BAD_INPUT', 'The body must be a JSON object.')
  const { model, stream_options: options } = raw
  if (model !== undefined && model !== null && typeof model !== 'string')
    throw bad('model', 'must be a string')
  if (options !== undefined && options !== null && !isRaw(options))
    throw bad('stream_options', 'must be an object')
  const stream = booleanOf(raw['stream'], 'stream')
  const answers = answersOf(raw)
  const named = model === null || model === '' ? undefined : model
  return {
    model: named,
    stream,
    wantsUsage: booleanOf(options?.['include_usage'], 'stream_options.include_usage'),
    answers,
    tokens: tokensOf(raw, answers),
    body: (resolved, withUsage) => {
      if (named !== undefined && !withUsage) return bytes
      // In Latin-1 each byte is a character, so that none is changed.
      let text = bytes.toString('latin1')
      if (named === undefined) text = withMember(text, 'model', inLatin1(JSON.stringify(resolved)))
      if (withUsage) text = askForUsage(text)
      return Buffer.from(text, 'latin1')
    },
  }
}

const inLatin1 = (text: string): string => Buffer.from(text).toString('latin1')

/** Asks for the usage at the end alone: counts on every chunk would be an answer that the caller did not ask for. */
function askForUsage(body: string): string {
  const given = memberOf(body, 'stream_options')
  const options = given?.startsWith('{') === true ? given : '{}'
  const asking = withMember(options, 'include_usage', 'true')
  const continuous = memberOf(asking, 'continuous_usage_stats') !== undefined
  return withMember(
    body,
    'stream_options',
    continuous ? withMember(asking, 'continuous_usage_stats', 'false') : asking,
  )
}
