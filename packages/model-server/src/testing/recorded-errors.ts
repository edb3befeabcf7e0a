import type { RecordedBehaviour } from './recorded-server.ts'
import { delta, event, refused, stream } from './wire.ts'

const tooLong =
  "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens."
const badRequest = { message: tooLong, type: 'BadRequestError', param: null, code: 400 }

/** The same error as a response and as an event: each must come to the same. */
interface Twin {
  readonly server: string
  readonly status: number
  readonly body: unknown
  readonly code: string
  /** The status that the event gives itself, where it gives another one or none. */
  readonly inStream?: number
}

const twins: readonly Twin[] = [
  {
    server: 'vLLM to 0.9, SGLang',
    status: 400,
    body: { object: 'error', ...badRequest },
    code: 'CONTEXT_TOO_LONG',
  },
  {
    server: 'SGLang',
    status: 400,
    body: { error: { object: 'error', ...badRequest } },
    code: 'CONTEXT_TOO_LONG',
  },
  {
    server: 'OpenAI',
    status: 400,
    body: {
      error: {
        message: 'Too long.',
        type: 'invalid_request_error',
        param: 'messages',
        code: 'context_length_exceeded',
      },
    },
    code: 'CONTEXT_TOO_LONG',
  },
  {
    server: 'llama.cpp since autumn 2025',
    status: 400,
    body: {
      error: {
        code: 400,
        message: 'request (4476 tokens) exceeds …',
        type: 'exceed_context_size_error',
        n_ctx: 4096,
      },
    },
    code: 'CONTEXT_TOO_LONG',
  },
  {
    server: 'TGI',
    status: 422,
    body: {
      error:
        'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 1512. Given: 1000 `inputs` tokens and 1024 `max_new_tokens`',
      error_type: 'validation',
    },
    code: 'CONTEXT_TOO_LONG',
  },
  {
    server: 'OpenAI',
    status: 429,
    body: { error: { message: 'Slow down.', type: 'requests', param: null, code: 'rate_limit_exceeded' } },
    code: 'RATE_LIMITED',
  },
  {
    server: 'TGI',
    status: 429,
    body: { error: 'Model is overloaded', error_type: 'overloaded' },
    code: 'RATE_LIMITED',
  },
  {
    server: 'vLLM',
    status: 503,
    body: {
      error: {
        message: 'The engine is currently busy.',
        type: 'Service Unavailable',
        param: null,
        code: 503,
      },
    },
    code: 'UPSTREAM_BUSY',
  },
  {
    server: 'llama.cpp, while it loads',
    status: 503,
    body: { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } },
    code: 'UPSTREAM_BUSY',
  },
  {
    server: 'Ollama',
    status: 404,
    body: {
      error: {
        message: 'model "x" not found, try pulling it first',
        type: 'not_found_error',
        param: null,
        code: null,
      },
    },
    code: 'MODEL_NOT_FOUND',
  },
  {
    server: 'OpenAI',
    status: 404,
    body: {
      error: {
        message: 'It does not exist.',
        type: 'invalid_request_error',
        param: null,
        code: 'model_not_found',
      },
    },
    code: 'MODEL_NOT_FOUND',
  },
  { server: 'vLLM', status: 401, body: { error: 'Unauthorized', code: 401 }, code: 'UPSTREAM_REJECTED' },
  {
    server: 'OpenAI',
    status: 401,
    body: {
      error: {
        message: 'Incorrect API key provided.',
        type: 'invalid_request_error',
        code: 'invalid_api_key',
      },
    },
    code: 'UPSTREAM_REJECTED',
  },
  { server: 'FastAPI', status: 403, body: { detail: 'Forbidden', status: 403 }, code: 'UPSTREAM_REJECTED' },
  {
    server: 'FastAPI',
    status: 422,
    body: {
      detail: [{ type: 'missing', loc: ['body', 'messages'], msg: 'Field required', input: 'secret prompt' }],
    },
    code: 'UPSTREAM_REJECTED',
  },
  { server: 'several', status: 500, body: { error: 'CUDA error' }, code: 'UPSTREAM_BROKE_OFF' },
  {
    server: 'Gemini',
    status: 429,
    body: [{ error: { code: 429, message: 'Quota.', status: 'X' } }],
    code: 'RATE_LIMITED',
  },
  {
    server: 'LiteLLM',
    status: 429,
    body: { error: { message: 'Slow down.', type: null, param: null, code: '429' } },
    code: 'RATE_LIMITED',
  },
  {
    server: 'gateways',
    status: 503,
    body: { message: 'no healthy upstream', code: 503 },
    code: 'UPSTREAM_BUSY',
  },
]

const sides = twins.flatMap(({ server, status, body, code, inStream = status }): RecordedBehaviour[] => {
  const shape = JSON.stringify(body).slice(0, 50)
  return [
    {
      server,
      what: `${shape}… as HTTP ${status}`,
      responses: [refused(status, body)],
      api: code,
      direct: `HTTP_${status}`,
    },
    {
      server,
      what: `${shape}… as an event`,
      responses: [stream(body)],
      api: code,
      direct: `STREAM_${inStream}`,
    },
    {
      server,
      what: `${shape}… as a 200 of JSON`,
      responses: [refused(200, body)],
      api: code,
      direct: `STREAM_${inStream}`,
    },
    {
      server,
      what: `${shape}… as event: error, after text`,
      responses: [{ body: [event(delta('Hi')), `event: error\n${event(body)}`] }],
      api: code,
      direct: `STREAM_${inStream}`,
      text: 'Hi',
    },
  ]
})

/** Errors in every shape, as responses and inside streams. */
export const errors: readonly RecordedBehaviour[] = [
  ...sides,
  {
    server: 'llama.cpp until autumn 2025',
    what: 'the field error: in place of data:',
    responses: [
      {
        body: [
          'error: {"code":400,"message":"the request exceeds the available context size. try increasing the context size or enable context shift","type":"invalid_request_error"}\n\n',
          event('[DONE]'),
        ],
      },
    ],
    api: 'CONTEXT_TOO_LONG',
    direct: 'STREAM_400',
  },
  {
    server: 'OpenRouter',
    what: 'an error beside the choices, with the finish reason error',
    responses: [stream({ error: { code: 503, message: 'Provider down' }, ...delta('Hi', 'error') })],
    api: 'UPSTREAM_BUSY',
    direct: 'STREAM_503',
    text: 'Hi',
    told: /Provider down/,
  },
  {
    server: 'several',
    what: 'event: error with words',
    responses: [{ body: ['event: error\ndata: out of memory\n\n'] }],
    api: 'UPSTREAM_BROKE_OFF',
    direct: 'STREAM_500',
    told: /out of memory/,
  },
]
