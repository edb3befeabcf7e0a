import { expect, test } from 'vitest'
import { recordedBody, shapeOf } from './recorded.ts'
import { ask, chat, type Target } from './target.ts'

type Ask = (target: Target) => Promise<Response>

/** Refusals whose text must be the recorded one, except for the model's name and context length. */
const RECORDED: readonly (readonly [string, Ask])[] = [
  ['error-bad-json', (target) => ask(target, '/v1/chat/completions', { body: '{"model":nope}' })],
  ['error-empty-messages', (target) => chat(target, { messages: [] })],
  ['error-max-tokens', (target) => chat(target, { max_tokens: 99_999 })],
  ['error-method', (target) => ask(target, '/v1/chat/completions')],
  ['error-out-of-range', (target) => chat(target, { temperature: -3 })],
  [
    'error-too-long',
    (target) =>
      chat(target, { messages: [{ role: 'user', content: 'hello '.repeat(target.maxModelLen + 50) }] }),
  ],
  ['error-unknown-model', (target) => chat(target, { model: 'nope' })],
  ['error-unknown-path', (target) => ask(target, '/nope')],
  ['error-wrong-type', (target) => chat(target, { temperature: 'hot' })],
]

/** Other refused requests, with the text that the error must contain. `param` is a prefix. */
const ALSO: readonly (readonly [string, Ask, { type: string; param: string | null; says: string }])[] = [
  [
    'no messages',
    (target) => ask(target, '/v1/chat/completions', { body: { model: target.model } }),
    { type: 'Bad Request', param: 'body.messages', says: "'type': 'missing'" },
  ],
  [
    'a message that is a text',
    (target) => chat(target, { messages: ['hi'] }),
    { type: 'Bad Request', param: 'body.messages.0', says: 'Input should be a valid dictionary' },
  ],
  [
    'a body that is a list',
    (target) => ask(target, '/v1/chat/completions', { body: '[1,2]' }),
    { type: 'Bad Request', param: 'body', says: '<list of 2 items>' },
  ],
  [
    'a fraction of a token',
    (target) => chat(target, { max_tokens: 2.5 }),
    { type: 'Bad Request', param: 'body.max_tokens', says: 'int_from_float' },
  ],
  [
    'no tokens',
    (target) => chat(target, { max_tokens: 0 }),
    { type: 'BadRequestError', param: 'max_tokens', says: 'max_tokens must be at least 1, got 0.' },
  ],
  [
    'more at least than at most',
    (target) => chat(target, { max_tokens: 2, min_tokens: 5 }),
    {
      type: 'BadRequestError',
      param: null,
      says: 'min_tokens must be less than or equal to max_tokens=2, got 5.',
    },
  ],
  [
    'an empty stop string',
    (target) => chat(target, { stop: '' }),
    { type: 'BadRequestError', param: null, says: 'stop cannot contain an empty string.' },
  ],
  [
    'five stop strings',
    (target) => chat(target, { stop: ['a', 'b', 'c', 'd', 'e'] }),
    {
      type: 'Bad Request',
      param: 'body.stop',
      says: 'List should have at most 4 items after validation, not 5',
    },
  ],
  [
    'top_p of 5',
    (target) => chat(target, { top_p: 5 }),
    { type: 'BadRequestError', param: 'top_p', says: 'top_p must be in (0, 1], got 5.0.' },
  ],
  [
    'options of a stream that is none',
    (target) => chat(target, { stream_options: { include_usage: true } }),
    {
      type: 'BadRequestError',
      param: 'stream_options',
      says: 'Stream options can only be defined when `stream=True`.',
    },
  ],
]

/** Refusals, and the small endpoints. */
export function refusalContract(target: () => Target): void {
  test.each(RECORDED)('%s as recorded', async (name, request) => {
    const response = await request(target())
    const { model, maxModelLen } = target()
    const body = recordedBody(`${name}.http`)
    expect(await response.text()).toBe(
      body
        .replaceAll('smollm2-135m', model)
        .replaceAll('4096', String(maxModelLen))
        .replaceAll('4097', String(maxModelLen + 1)),
    )
    const parsed = JSON.parse(body) as { error?: { code: number } }
    expect(response.status).toBe(parsed.error?.code ?? (name === 'error-method' ? 405 : 404))
    if (name === 'error-method') expect(response.headers.get('allow')).toBe('POST')
  })

  test.each(ALSO)('%s is refused', async (_name, request, { type, param, says }) => {
    const response = await request(target())
    expect(response.status).toBe(400)
    const { error } = (await response.json()) as {
      error: { message: string; type: string; param: string | null }
    }
    expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code'])
    expect(error.message).toContain(says)
    expect(error.type).toBe(type)
    if (param === null) expect(error.param).toBeNull()
    else expect(error.param?.startsWith(param)).toBe(true)
  })

  test('a stream is refused like a plain answer: with a status, not in the stream', async () => {
    const response = await chat(target(), { model: 'nope', stream: true })
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toBe('application/json')
  })

  test('a body that does not say that it is JSON is refused', async () => {
    const response = await fetch(`${target().url}/v1/chat/completions`, { method: 'POST', body: '{}' })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain("Only 'application/json' is allowed")
  })

  test.each(['/health', '/ping'])('%s is empty', async (path) => {
    const response = await ask(target(), path)
    expect([response.status, await response.text()]).toEqual([200, ''])
  })

  test('/v1/models lists the model with its context', async () => {
    const body = await (await ask(target(), '/v1/models')).text()
    expect(shapeOf(body)).toBe(shapeOf(recordedBody('models.http')))
    expect(body).toContain(`"max_model_len":${target().maxModelLen}`)
  })

  test('/tokenize shows the tokens', async () => {
    const messages = [{ role: 'user', content: '你好, hello' }]
    const body = { model: target().model, messages, return_token_strs: true }
    const answer = (await (await ask(target(), '/tokenize', { body })).json()) as {
      count: number
      tokens: number[]
      token_strs: string[]
    }
    expect(Object.keys(answer)).toEqual(Object.keys(JSON.parse(recordedBody('tokenize.http')) as object))
    expect([answer.tokens.length, answer.token_strs.length]).toEqual([answer.count, answer.count])
    expect(answer.token_strs).toContain('Ġhello')
  })

  test('/version names a version', async () => {
    expect(await (await ask(target(), '/version')).json()).toEqual({
      version: expect.stringMatching(/^\d+\.\d+/) as string,
    })
  })
}
