import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type Stack, startStack, type StackOptions } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

const counted = (stack: Stack, status: string): Promise<unknown> =>
  until(async () => (await stack.metrics()).sum('chat_requests_total', { status, door: 'openai' }) > 0)

/** A caller that sends a request and reads nothing. */
function stuck(stack: Stack, body: string): ReturnType<typeof connect> {
  const socket = connect(stack.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.pause()
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`
  socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  return socket
}

const flooded = async (options: StackOptions): Promise<[Stack, ReturnType<typeof connect>]> => {
  const stack = await startStack({ simulator: { maxModelLen: 4_000_000 }, ...options })
  stack.simulator.faults.add({ kind: 'flood', bytes: 20_000_000, times: 1 })
  return [stack, stuck(stack, '{"messages":[{"role":"user","content":"x"}],"stream":true}')]
}

test('a reader that stops reading holds the stream back, and misses nothing when it goes on', async () => {
  const [started, socket] = await flooded({})
  await using stack = started
  await until(async () => (await stack.metrics()).sum('chat_active_generations') === 1)
  const before = process.memoryUsage().arrayBuffers
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  expect((await stack.metrics()).sum('chat_active_generations')).toBe(1)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40_000_000)
  let tail = ''
  let bytes = 0
  socket.on('data', (part: Buffer) => {
    bytes += part.length
    tail = (tail + part.toString('latin1')).slice(-100)
  })
  socket.resume()
  await until(() => tail.includes('data: [DONE]'), 30_000)
  expect(bytes).toBeGreaterThan(20_000_000)
  socket.destroy()
  await counted(stack, 'success')
}, 90_000)

test('a reader that never goes on counts as gone', async () => {
  const [started, socket] = await flooded({ env: { ORPHAN_TIMEOUT_S: '1' } })
  await using stack = started
  await counted(stack, 'cancelled')
  expect((await stack.metrics()).sum('chat_active_generations')).toBe(0)
  socket.destroy()
})

test.each<
  [string, string, Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }, number, string]
>([
  ['no JSON', '/v1/chat/completions', { method: 'POST', body: '{' }, 400, 'BAD_INPUT'],
  [
    'another type',
    '/v1/completions',
    { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } },
    415,
    'BAD_INPUT',
  ],
  [
    'too large',
    '/v1/completions',
    { method: 'POST', body: Buffer.alloc(33 * 2 ** 20, 32) },
    413,
    'BAD_INPUT',
  ],
  [
    'compressed',
    '/v1/chat/completions',
    { method: 'POST', body: gzipSync('{}'), headers: { 'content-encoding': 'gzip' } },
    415,
    'BAD_INPUT',
  ],
  ['not an object', '/v1/completions', { method: 'POST', body: '[]' }, 400, 'BAD_INPUT'],
  [
    'too many answers',
    '/v1/completions',
    { method: 'POST', body: '{"prompt":"x","n":17}' },
    400,
    'BAD_INPUT',
  ],
  ['a slash at the end', '/v1/chat/completions/', { method: 'POST', body: '{}' }, 404, 'NOT_FOUND'],
  ['answers that are read', '/v1/completions', { method: 'GET' }, 405, 'BAD_INPUT'],
  ['models that are written', '/v1/models', { method: 'DELETE', body: '{}' }, 405, 'BAD_INPUT'],
  [
    'an answer for a foreign page',
    '/v1/chat/completions',
    { method: 'POST', body: '{"messages":[]}', headers: { origin: 'https://evil.example' } },
    403,
    'FORBIDDEN',
  ],
  ['unknown', '/v1/embeddings', { method: 'POST', body: '{}' }, 404, 'NOT_FOUND'],
  ['wrong method', '/v1/chat/completions', {}, 405, 'BAD_INPUT'],
  ['preflight', '/v1/chat/completions', { method: 'OPTIONS' }, 405, 'BAD_INPUT'],
  ['foreign page', '/v1/models', { headers: { origin: 'https://evil.example' } }, 403, 'FORBIDDEN'],
])('%s', async (_name, path, init, status, code) => {
  await using stack = await startStack()
  const headers = { 'content-type': 'application/json', ...init.headers }
  const response = await fetch(stack.api.url + path, { ...init, headers })
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({
    error: { code, message: expect.any(String) as string, type: expect.any(String) as string },
  })
  expect(response.headers.get('access-control-allow-origin')).toBeNull()
  expect(response.headers.get('x-request-id')).not.toBeNull()
})

test('a body that comes slowly holds no place, and half a body is no request', async () => {
  await using stack = await startStack({ env: { MAX_ACTIVE_GENERATIONS: '1', MAX_QUEUED: '0' } })
  const body = '{"messages":[{"role":"user","content":"[[tokens=3]] x"}]}'
  const slow = connect(stack.port, '127.0.0.1')
  const head = 'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n'
  slow.write(`${head}content-length: ${body.length}\r\n\r\n${body.slice(0, 20)}`)
  const half = connect(stack.port, '127.0.0.1')
  half.write(`${head}content-length: ${body.length}\r\n\r\n${body.slice(0, 20)}`, () => half.destroy())
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } }
  const other = await fetch(`${stack.api.url}/v1/chat/completions`, init)
  expect(other.status).toBe(200)
  let answer = ''
  slow.on('data', (bytes: Buffer) => (answer += bytes.toString()))
  slow.write(body.slice(20))
  await until(() => answer.includes('"completion_tokens":3'))
  slow.destroy()
  expect((await stack.metrics()).requests()).toEqual({ success: 2 })
  expect(stack.logs.filter(({ level }) => Number(level) >= 50)).toEqual([])
})

test('HEAD works where GET does, and what watches a model server finds its health', async () => {
  await using stack = await startStack()
  for (const path of ['/v1/models', '/health']) {
    const head = await fetch(stack.api.url + path, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  }
  expect((await fetch(`${stack.api.url}/health`)).status).toBe(200)
})
