import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { startStack } from '@slicechat/api/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { conversation, shortRun, users } from '../testing/short-run.ts'
import { checkTarget, openTarget, type TargetOptions } from './open-target.ts'

const pem = readFileSync(new URL('../testing/localhost.pem', import.meta.url), 'utf8')
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function listening(server: Server): Promise<number> {
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

const check = async (options: TargetOptions): Promise<unknown> =>
  checkTarget(options).catch((error: unknown) => error)

/** A model server whose list of models answers with `status`, and whose completions need the key. */
async function modelServer(status: number, list = '{"detail":"Not Found"}') {
  const seen: { path: string; headers: IncomingMessage['headers']; body: string }[] = []
  const port = await listening(
    createServer((incoming, response) => {
      let body = ''
      incoming.on('data', (chunk: Buffer) => (body += chunk.toString()))
      incoming.on('end', () => {
        const { url: path = '', headers } = incoming
        seen.push({ path, headers, body })
        if (!path.endsWith('/chat/completions')) return void response.writeHead(status).end(list)
        if (headers.authorization !== 'Bearer right') return void response.writeHead(401).end()
        const asked = JSON.parse(body) as { model: string; stream?: boolean }
        if (asked.model !== 'mine')
          return void response.writeHead(404).end('{"error":{"message":"no model other"}}')
        if (asked.stream !== true) return void response.end('{}')
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write('data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\n')
        response.end(
          'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\ndata: [DONE]\n\n',
        )
      })
    }),
  )
  return { seen, url: `openai:http://127.0.0.1:${port}` }
}

describe('a server without a list of models', () => {
  test.each([404, 400, 401, 403, 405, 500])('HTTP %d: it is enough to name the model', async (status) => {
    const { url, seen } = await modelServer(status)
    const right = { url, apiKey: 'right' }
    expect(await check({ ...right, model: 'mine' })).toMatchObject({ model: 'mine', maxModelLen: Infinity })
    expect(seen.map(({ path }) => path)).toEqual(['/v1/models', '/v1/chat/completions'])
    expect(JSON.parse(seen[1]?.body ?? '')).toMatchObject({ model: 'mine', max_tokens: 1 })
    const unnamed = String(await check(right))
    if (status === 401 || status === 403) expect(unnamed).toContain('--api-key')
    else expect(unnamed).toContain(`lists no models (HTTP ${status}); name one with --model`)
  })

  test('an empty list tells no more than none', async () => {
    const { url, seen } = await modelServer(200, '{"object":"list","data":[]}')
    const right = { url, apiKey: 'right' }
    expect(await check({ ...right, model: 'mine' })).toMatchObject({ model: 'mine' })
    expect(seen.map(({ path }) => path)).toEqual(['/v1/models', '/v1/chat/completions'])
    const unnamed = await check(right)
    expect(unnamed).toMatchObject({ flag: '--target' })
    expect(String(unnamed)).toContain('lists no models (HTTP 200); name one with --model')
  })

  test('a wrong key and a wrong model are told before any load', async () => {
    const { url } = await modelServer(404)
    expect(await check({ url, apiKey: 'wrong', model: 'mine' })).toMatchObject({ flag: '--api-key' })
    expect(String(await check({ url, apiKey: 'right', model: 'other' }))).toContain(
      'gives no answer of other (HTTP 404: no model other)',
    )
  })
})

test('--header and --body go with every request of a direct target', async () => {
  const { url, seen } = await modelServer(404)
  const { whole } = await shortRun({
    target: {
      url,
      apiKey: 'right',
      model: 'mine',
      headers: { 'x-team': 'chat' },
      body: { chat_template_kwargs: { enable_thinking: false }, top_k: 5 },
    },
    plan: users(1, 100, (user, ordinal) => conversation(`u${user}-${ordinal}`)),
  })
  expect(whole).toMatchObject({ succeeded: whole.started, errors: [] })
  expect(whole.started).toBeGreaterThan(0)
  for (const { headers } of seen) expect(headers['x-team']).toBe('chat')
  for (const { body } of seen.filter(({ path }) => path.endsWith('/chat/completions')))
    expect(JSON.parse(body)).toMatchObject({
      model: 'mine',
      top_k: 5,
      chat_template_kwargs: { enable_thinking: false },
    })
})

/** A proxy in front of an API that lets through only requests and upgrades with `x-team: chat`. */
function gate(port: number, secure: boolean): Server {
  const proxy = secure ? createTlsServer({ key: pem, cert: pem }) : createServer()
  proxy.on('request', (incoming: IncomingMessage, response) => {
    if (incoming.headers['x-team'] !== 'chat') return void response.writeHead(407).end('who are you?')
    const { method, url: path, headers } = incoming
    const onward = request({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  proxy.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    if (incoming.headers['x-team'] !== 'chat') return void socket.end('HTTP/1.1 407 No\r\n\r\n')
    const onward = connect(port, '127.0.0.1')
    onward.on('error', () => socket.destroy()).on('close', () => socket.destroy())
    socket.on('close', () => onward.destroy())
    const lines = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${String(value)}`)
    onward.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    onward.write(head)
    onward.pipe(socket).pipe(onward)
  })
  return proxy
}

test('--header and --ca reach calls, streams and sockets of an API', async () => {
  await using stack = await startStack()
  const port = Number(new URL(stack.api.url).port)
  const plain = await listening(gate(port, false))
  const secure = await listening(gate(port, true))
  const headers = { 'x-team': 'chat' }
  expect(await check({ url: `http://127.0.0.1:${plain}` })).toMatchObject({ flag: '--target' })
  expect(String(await check({ url: `https://localhost:${secure}`, headers }))).toContain(
    'self-signed certificate; name who signed it with --ca FILE',
  )
  for (const transport of ['websocket', 'sse'] as const)
    for (const target of [
      { url: `http://127.0.0.1:${plain}`, headers, transport },
      { url: `https://localhost:${secure}`, headers, transport, ca: [pem] },
    ]) {
      const { whole } = await shortRun({
        target,
        plan: users(2, 200, (user, ordinal) => conversation(`u${user}-${ordinal}`)),
      })
      expect(whole, `${target.url} ${transport}`).toMatchObject({ succeeded: whole.started, errors: [] })
      expect(whole.started).toBeGreaterThan(0)
    }
})

test.each([
  [{ body: { top_k: 1 } }, 'is for an openai: target'],
  [{ apiKey: 'x', headers: { authorization: 'Basic y' } }, '--header authorization: is set by --api-key'],
] as const)('%j contradicts an API as the target', (over, message) => {
  expect(() => openTarget({ url: 'http://127.0.0.1:1', ...over })).toThrow(message)
})
