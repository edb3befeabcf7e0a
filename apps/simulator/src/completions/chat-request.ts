import { badRequest } from '../http/http-error.ts'
import { promptTokens } from '../tokens/template.ts'
import { checkedSalt, noStream, type ParsedRequest, readSampling } from './completion-request.ts'
import { Fields } from './fields.ts'
import { lastUserMessage, readMessages } from './messages.ts'

const STYLE = {
  readLogprobs: (fields: Fields) => fields.flag('logprobs'),
  limits: ['max_tokens', 'max_completion_tokens'],
  defaultLimit: undefined,
}

/** Reads the body of a chat completion. @throws {HttpError} as vLLM does before it looks at the model */
export function parseChatRequest(body: string): ParsedRequest {
  const fields = Fields.parse(body)
  const turns = readMessages(fields)
  const model = fields.text('model')
  const { sampling, hasStreamOptions, checkRanges } = readSampling(fields, STYLE)
  const cacheSalt = checkedSalt(fields.raw('cache_salt'))
  fields.check()
  if (hasStreamOptions && !sampling.stream) throw noStream()
  const request = {
    ...sampling,
    model: model === '' ? undefined : model,
    texts: turns.map(({ content }) => content),
    message: lastUserMessage(turns),
    promptIds: () => promptTokens(turns).map(({ id }) => id),
    echoed: '',
    cacheSalt,
  }
  return {
    request,
    checkRanges: (maxModelLen) => {
      if (turns.length === 0)
        throw badRequest('Cannot apply chat template to an empty conversation. Provide at least one message.')
      if (
        Array.isArray(fields.raw('tools')) &&
        ['auto', undefined, null].includes(fields.raw('tool_choice') as null)
      )
        throw badRequest(
          '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        )
      checkRanges(maxModelLen)
    },
  }
}
