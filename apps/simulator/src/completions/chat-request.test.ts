import { expect, test } from 'vitest'
import { HttpError } from '../http/http-error.ts'
import { parseChatRequest } from './chat-request.ts'

const messages = [{ role: 'user', content: 'hi' }]

function refusal(body: object) {
  try {
    parseChatRequest(JSON.stringify(body)).checkRanges(4096)
  } catch (error) {
    if (error instanceof HttpError) return error.body
  }
  return undefined
}

// The messages are those of a real vLLM 0.32.
test.each<[object, string, string | null]>([
  [
    { model: 'm' },
    "1 validation error:\n  {'type': 'missing', 'loc': 'body.messages', 'msg': 'Field required', 'input': '<dict of 1 items>'}",
    'body.messages',
  ],
  [
    { messages: 'hi' },
    "1 validation error:\n  {'type': 'list_type', 'loc': 'body.messages', 'msg': 'Input should be a valid list', 'input': 'hi'}",
    'body.messages',
  ],
  [
    { messages, model: 3 },
    "1 validation error:\n  {'type': 'string_type', 'loc': 'body.model', 'msg': 'Input should be a valid string', 'input': '3'}",
    'body.model',
  ],
  [
    { messages, max_tokens: 2.5 },
    "1 validation error:\n  {'type': 'int_from_float', 'loc': 'body.max_tokens', 'msg': 'Input should be a valid integer, got a number with a fractional part', 'input': '2.5'}",
    'body.max_tokens',
  ],
  [
    { messages, stop: 3 },
    "2 validation errors:\n  {'type': 'string_type', 'loc': 'body.stop', 'msg': 'Input should be a valid string', 'input': '3'}\n  {'type': 'list_type', 'loc': 'body.stop', 'msg': 'Input should be a valid list', 'input': '3'}",
    'body.stop',
  ],
  [
    { messages, stop: ['a', 'b', 'c', 'd', 'e'] },
    "2 validation errors:\n  {'type': 'string_type', 'loc': 'body.stop', 'msg': 'Input should be a valid string', 'input': '<list of 5 items>'}\n  {'type': 'too_long', 'loc': 'body.stop', 'msg': 'List should have at most 4 items after validation, not 5', 'input': '<list of 5 items>', 'ctx': {'field_type': 'List', 'max_length': 4, 'actual_length': 5}}",
    'body.stop',
  ],
  [
    { messages, stream: 'yes please' },
    "1 validation error:\n  {'type': 'bool_parsing', 'loc': 'body.stream', 'msg': 'Input should be a valid boolean, unable to interpret input', 'input': 'yes please'}",
    'body.stream',
  ],
  [
    { messages, stream: true, stream_options: 'x' },
    "1 validation error:\n  {'type': 'model_attributes_type', 'loc': 'body.stream_options', 'msg': 'Input should be a valid dictionary or object to extract fields from', 'input': 'x'}",
    'body.stream_options',
  ],
  [
    { messages, stream_options: { include_usage: true } },
    'Stream options can only be defined when `stream=True`. (parameter=stream_options)',
    'stream_options',
  ],
  [
    { messages, max_tokens: 0 },
    'max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)',
    'max_tokens',
  ],
  [
    { messages, max_completion_tokens: 99999 },
    'max_completion_tokens=99999 cannot be greater than max_model_len=4096. Please request fewer output tokens. (parameter=max_completion_tokens, value=99999)',
    'max_completion_tokens',
  ],
  [
    { messages, max_tokens: 2, min_tokens: 5 },
    'min_tokens must be less than or equal to max_tokens=2, got 5.',
    null,
  ],
  [{ messages, min_tokens: -5 }, 'min_tokens must be greater than or equal to 0, got -5.', null],
  [{ messages, top_p: 5 }, 'top_p must be in (0, 1], got 5.0. (parameter=top_p, value=5.0)', 'top_p'],
  [
    { messages, temperature: 3 },
    'temperature must be in [0, 2], got 3.0. (parameter=temperature, value=3.0)',
    'temperature',
  ],
  [{ messages, presence_penalty: -7 }, 'presence_penalty must be in [-2, 2], got -7.0.', null],
  [{ messages, n: 0 }, 'n must be at least 1, got 0.', null],
  [{ messages, stop: '' }, 'stop cannot contain an empty string.', null],
  ...['', 7].map((cache_salt): [object, string, string] => [
    { messages, cache_salt },
    "Parameter 'cache_salt' must be a non-empty string if provided. (parameter=cache_salt)",
    'cache_salt',
  ]),
  ...['a@b', 'a/b', 'a\\b', 'a\0b', 'x'.repeat(129)].map((cache_salt): [object, string, string] => [
    { messages, cache_salt },
    "Parameter 'cache_salt' must be at most 128 characters and must not contain '@', '/', '\\\\', or NUL. (parameter=cache_salt)",
    'cache_salt',
  ]),
])('%j is refused in the words of vLLM', (body, message, param) => {
  expect(refusal(body)).toMatchObject({ message, param, code: 400 })
})

test('what pydantic lets through passes', () => {
  const lenient = {
    messages,
    max_tokens: '2',
    temperature: true,
    stream: 'true',
    top_p: null,
    n: null,
    stop: [],
    bogus: 1,
  }
  const { request, checkRanges } = parseChatRequest(JSON.stringify(lenient))
  checkRanges(4096)
  expect(request).toMatchObject({ maxTokens: 2, stream: true, stop: [], model: undefined })
})

test('parts of a message are joined, and an assistant may have said nothing', () => {
  const turns = [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    },
    { role: 'assistant', content: null },
  ]
  const { request } = parseChatRequest(JSON.stringify({ messages: turns }))
  expect(request.texts).toEqual(['a\nb', ''])
})

test.each([
  [[3]],
  [[{ content: 'x' }]],
  [[{ role: 'user' }]],
  [[{ role: 'user', content: { a: 1 } }]],
  [[null]],
])('messages %j are refused, and the field is named', (bad) => {
  expect(refusal({ messages: bad })?.param).toMatch(/^body\.messages\.0\./)
  expect(refusal({ messages: bad })?.type).toBe('Bad Request')
})
