import { badRequest, badValue } from '../http/http-error.ts'
import { tokenize } from '../tokens/tokenizer.ts'
import {
  badParameter,
  checkedSalt,
  noStream,
  type ParsedRequest,
  readSampling,
} from './completion-request.ts'
import { Fields, isObject } from './fields.ts'
import { shown } from './python-text.ts'

/** vLLM's `VLLM_MAX_COMPLETION_PROMPTS`. */
const MAX_PROMPTS = 1024
const STYLE = {
  readLogprobs: (fields: Fields) => fields.integer('logprobs') !== undefined,
  limits: ['max_tokens'],
  defaultLimit: 16,
}

/** Reads the body of a completion. @throws {HttpError} as vLLM does before it looks at the model */
export function parseTextRequest(body: string): ParsedRequest {
  const fields = Fields.parse(body)
  checkRaw(fields)
  const model = fields.text('model')
  const prompts = readPrompts(fields)
  const echo = fields.flag('echo')
  const { sampling, checkRanges } = readSampling(fields, STYLE)
  const suffix = fields.text('suffix')
  const cacheSalt = checkedSalt(fields.raw('cache_salt'))
  fields.check()
  const [prompt = ''] = prompts
  const text = typeof prompt === 'string' ? prompt : ''
  const request = {
    ...sampling,
    model: model === '' ? undefined : model,
    texts: [typeof prompt === 'string' ? prompt : prompt.join(' ')],
    message: text,
    promptIds: () => (typeof prompt === 'string' ? tokenize(prompt).map(({ id }) => id) : prompt),
    echoed: echo ? text : '',
    cacheSalt,
  }
  return {
    request,
    checkRanges: (maxModelLen) => {
      if (suffix !== undefined)
        throw badRequest('suffix is only supported for models with FIM completion rendering', 'suffix')
      if (prompts.length === 0) throw badRequest('You must pass at least one prompt')
      checkRanges(maxModelLen)
      if (prompts.length > 1)
        throw badRequest(
          `The simulator answers with one choice: there must be one prompt, not ${prompts.length}.`,
          'prompt',
        )
      if (echo && typeof prompt !== 'string')
        throw badRequest('The simulator cannot turn token ids into text: echo must be false.', 'echo')
    },
  }
}

/** What vLLM checks before it checks any types. */
function checkRaw(fields: Fields): void {
  const prompt = fields.raw('prompt')
  if (Array.isArray(prompt) && prompt.length > MAX_PROMPTS && !prompt.every((item) => Number.isInteger(item)))
    throw badParameter(
      `prompt list length ${prompt.length} exceeds the maximum allowed count of ${MAX_PROMPTS}. To increase this limit, set the VLLM_MAX_COMPLETION_PROMPTS environment variable.`,
      'prompt',
    )
  if (prompt === undefined || prompt === null || prompt === '')
    throw badParameter('Either prompt or prompt_embeds must be provided and non-empty.', 'prompt')
  const options = fields.raw('stream_options')
  if (isObject(options) && Object.keys(options).length > 0 && !fields.raw('stream')) throw noStream()
  const logprobs = fields.raw('logprobs')
  if (logprobs !== undefined && logprobs !== null && typeof logprobs !== 'number')
    throw badValue('`logprobs` must be an integer.', 'logprobs', shown(logprobs))
}

const isTokenIds = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isInteger(item) && Number(item) >= 0)

/** The prompts: texts, or token ids; problems are added to `fields`. */
function readPrompts(fields: Fields): readonly (string | readonly number[])[] {
  const prompt = fields.raw('prompt')
  if (typeof prompt === 'string') return [prompt]
  if (Array.isArray(prompt)) {
    if (prompt.length === 0) return []
    if (isTokenIds(prompt)) return [prompt]
    if (prompt.every((item): item is string => typeof item === 'string')) return prompt
    if (prompt.every(isTokenIds)) return prompt
  }
  // vLLM tries each kind of prompt in turn, and reports what each lacks.
  const list = () => fields.addProblem('prompt', 'list_type', 'Input should be a valid list', prompt)
  list()
  list()
  fields.addProblem('prompt', 'string_type', 'Input should be a valid string', prompt)
  list()
  return []
}
