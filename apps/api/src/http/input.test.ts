import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stack, startStack } from '../testing/stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack[Symbol.asyncDispose]())

interface Answer {
  status: number
  text: string
  error: { message: string; data: { code: string; field?: string; httpStatus: number } } | undefined
}

async function call(path: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(`${stack.api.url}/trpc/${path}`, init)
  const text = await response.text()
  // A response never reveals internals of the API.
  expect(text).not.toMatch(/node_modules|\.ts\b|\/work|\s+at .*\(|"stack"/)
  const body = (text.startsWith('{') ? JSON.parse(text) : {}) as { error?: Answer['error'] }
  return { status: response.status, text, error: body.error }
}

const json = { 'content-type': 'application/json' }
const post = (path: string, body: unknown, headers: Record<string, string> = json): Promise<Answer> =>
  call(path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
const get = (path: string, input?: unknown): Promise<Answer> =>
  call(input === undefined ? path : `${path}?input=${encodeURIComponent(JSON.stringify(input))}`, {})

const requestId = randomUUID()
const id = randomUUID()
const messages = [{ role: 'user', content: 'x' }]
const start = { requestId, messages }
const send = { requestId, content: 'x' }
const file = { format: 'slicechat-conversation', version: 1, title: 't', messages: [] }
const fileMessage = { id: '1', parentId: null, role: 'user', content: 'x' }
const report = { generationId: id, ttftMs: 1, interTokenMsMean: null, longestGapMs: null }

const bad: [procedure: string, input: unknown, field: string][] = [
  ['generations.start', [], 'input'],
  ['generations.start', '"text"', 'input'],
  ['generations.start', {}, 'requestId'],
  ['generations.start', { ...start, requestId: 'x' }, 'requestId'],
  ['generations.start', { ...start, messages: [] }, 'messages'],
  ['generations.start', { ...start, messages: 'hi' }, 'messages'],
  ['generations.start', { ...start, messages: Array(1_001).fill(messages[0]) }, 'messages'],
  ['generations.start', { ...start, messages: [{ role: 'robot', content: 'x' }] }, 'messages.0.role'],
  ['generations.start', { ...start, messages: [{ role: 'user', content: 7 }] }, 'messages.0.content'],
  ['generations.start', { ...start, messages: [{ role: 'user', content: 'a\0b' }] }, 'messages.0.content'],
  ['generations.start', { ...start, messages: [{ role: 'user', content: 'a\ud800' }] }, 'messages.0.content'],
  [
    'generations.start',
    { ...start, messages: [{ role: 'user', content: 'x'.repeat(200_001) }] },
    'messages.0.content',
  ],
  ['generations.start', { ...start, messages: [{ ...messages[0], name: 'n' }] }, 'messages.0.name'],
  ['generations.start', { ...start, extra: 1 }, 'extra'],
  ['generations.start', { ...start, model: '' }, 'model'],
  ['generations.start', { ...start, params: { temperature: 9 } }, 'params.temperature'],
  ['generations.start', { ...start, params: { topP: 0 } }, 'params.topP'],
  ['generations.start', { ...start, params: { maxTokens: 0 } }, 'params.maxTokens'],
  ['generations.start', { ...start, params: { minTokens: 0 } }, 'params.minTokens'],
  ['generations.start', { ...start, params: { minTokens: 9, maxTokens: 8 } }, 'params.minTokens'],
  ['generations.start', { ...start, params: { seed: 1.5 } }, 'params.seed'],
  ['generations.start', { ...start, params: { stop: ['a', 'b', 'c', 'd', 'e'] } }, 'params.stop'],
  ['generations.start', { ...start, params: { stop: [''] } }, 'params.stop.0'],
  ['generations.start', { ...start, params: { systemPrompt: '\ud800' } }, 'params.systemPrompt'],
  ['generations.start', { ...start, params: { best_of: 3 } }, 'params.best_of'],
  ['generations.stop', { generationId: 5 }, 'generationId'],
  ['generations.report', { ...report, ttftMs: -1 }, 'ttftMs'],
  ['generations.report', { ...report, ttftMs: 'slow' }, 'ttftMs'],
  ['generations.report', { generationId: id }, 'ttftMs'],
  ['conversations.send', { ...send, content: '' }, 'content'],
  ['conversations.send', { ...send, content: ' \n\t' }, 'content'],
  ['conversations.send', { ...send, content: null }, 'content'],
  ['conversations.send', { ...send, conversationId: 'x' }, 'conversationId'],
  ['conversations.send', { ...send, parentId: id }, 'conversationId'],
  ['conversations.regenerate', { requestId }, 'messageId'],
  ['conversations.rename', { id, title: '' }, 'title'],
  ['conversations.rename', { id, title: 'x'.repeat(201) }, 'title'],
  ['conversations.remove', { id: {} }, 'id'],
  ['conversations.import', { ...file, format: 'other' }, 'format'],
  ['conversations.import', { ...file, version: 2 }, 'version'],
  ['conversations.import', { ...file, messages: [{ ...fileMessage, role: 'system' }] }, 'messages.0.role'],
  [
    'conversations.import',
    { ...file, messages: [{ ...fileMessage, createdAt: 'soon' }] },
    'messages.0.createdAt',
  ],
  ['conversations.import', { ...file, messages: [{ ...fileMessage, content: 'a\0' }] }, 'messages.0.content'],
]

test.each(bad.map(([procedure, input, field]) => [procedure, field, input] as const))(
  '%s: %s',
  async (procedure, field, input) => {
    const { status, error } = await post(procedure, input)
    expect(error?.data).toMatchObject({ code: 'BAD_INPUT', field, httpStatus: 400 })
    expect(status).toBe(400)
    expect(error?.message).not.toBe('')
  },
)

test.each([
  ['generations.stream', { generationId: id, lastEventId: 'x' }, 'lastEventId'],
  ['generations.stream', { generationId: 'x' }, 'generationId'],
  ['conversations.list', { limit: 0 }, 'limit'],
  ['conversations.list', { limit: 1e9 }, 'limit'],
  ['conversations.list', { query: 'x'.repeat(201) }, 'query'],
  ['conversations.list', { cursor: 'x' }, 'cursor'],
  ['conversations.get', {}, 'id'],
  ['conversations.export', { id: 'x' }, 'id'],
] as const)('%s %j', async (procedure, input, field) => {
  const { status, text } = await get(procedure, input)
  expect(text).toContain(`"field":"${field}"`)
  expect(text).toContain('BAD_INPUT')
  // The headers of an event stream are sent before its error is known.
  if (procedure !== 'generations.stream') expect(status).toBe(400)
})

test('bodies that are no call', async () => {
  for (const [body, headers] of [
    ['{"requestId":', json],
    ['', json],
    ['null', json],
    ['\0\u0001\u0002', json],
    [JSON.stringify(start), { 'content-type': 'text/plain' }],
    [JSON.stringify(start), {}],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, json],
    [
      `{"requestId":"${requestId}","messages":[{"role":"user","content":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}]}`,
      json,
    ],
  ] as const) {
    const { status, error } = await post('generations.start', body, headers)
    expect(error?.data.code, body.slice(0, 20)).toBe('BAD_INPUT')
    expect(status).toBe(400)
  }
  const binary = await call('generations.start', {
    method: 'POST',
    headers: json,
    body: new Uint8Array(1_000).fill(255),
  })
  expect(binary.error?.data.code).toBe('BAD_INPUT')
})

test('a body over the limit is refused without being kept', async () => {
  const socket = connect(stack.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.setMaxListeners(0)
  socket.write(
    'POST /trpc/generations.start HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 200000000\r\n\r\n',
  )
  const answer = once(socket, 'data') as Promise<[Buffer]>
  const piece = Buffer.alloc(1 << 20, 'x')
  let written = 0
  const over = { yet: false }
  const answered = answer.finally(() => (over.yet = true))
  while (!over.yet && written++ < 190) {
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), once(socket, 'close'), answered])
    await new Promise(setImmediate)
  }
  const [head] = await answered
  socket.destroy()
  expect(head.toString()).toMatch(/^HTTP\/1\.1 400 /)
  expect(head.toString()).toContain('BAD_INPUT')
})

test('batches have an end', async () => {
  const paths = Array(1_000).fill('system.status').join(',')
  const { status, text } = await call(`${paths}?batch=1`, {})
  expect(status).toBe(400)
  expect(text).toContain('BAD_INPUT')
})

test('a body that no input can have is refused, and says so', async () => {
  const { error } = await post('runs.upload', { run: { name: 'x'.repeat(33 * 1024 * 1024) } })
  expect(error?.data).toMatchObject({ code: 'BAD_INPUT', field: 'input', httpStatus: 400 })
})

test('what is not there, and what is called in another way', async () => {
  expect((await get('no.such')).error?.data).toMatchObject({ code: 'NOT_FOUND', httpStatus: 404 })
  expect((await get('__proto__')).status).toBe(404)
  expect((await get('generations.start', start)).status).toBe(400)
  expect((await get('%')).status).toBeGreaterThanOrEqual(400)
  for (const path of ['/', '/trpc', '/metrics', '/../etc/passwd', '/%00', '/healthz/x'])
    expect((await fetch(stack.api.url + path)).status).toBeGreaterThanOrEqual(400)
})

test('a query works with nothing but curl', async () => {
  const { status, text } = await get('system.status')
  expect(status).toBe(200)
  expect(JSON.parse(text)).toMatchObject({
    result: { data: { draining: false, upstream: { reachable: true } } },
  })
  expect((await get('conversations.list', { limit: 5 })).status).toBe(200)
})

test('pages of another site cannot use what listens here for everyone on this machine', async () => {
  const response = await fetch(`${stack.api.url}/trpc/system.status`, {
    headers: { origin: 'http://evil.example' },
  })
  expect(response.status).toBe(403)
  expect(await response.json()).toMatchObject({ error: { data: { code: 'FORBIDDEN' } } })
})

test('none of that was taken for a defect of ours, and nothing was begun', async () => {
  expect(stack.logs.filter(({ level }) => Number(level) >= 50)).toEqual([])
  expect((await stack.metrics()).requests()).toEqual({})
})
