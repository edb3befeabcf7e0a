import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Simulator, startSimulator } from '@slicechat/simulator'
import { parseExposition } from '@slicechat/metrics/reading'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { conversation, shortRun, turn, users } from '../testing/short-run.ts'
import { openTarget, type TargetOptions } from './open-target.ts'
import type { Ask } from './target.ts'

let simulator: Simulator
beforeAll(async () => {
  const options = { enablePerRequestMetrics: true, apiKeys: ['secret'] }
  simulator = await startSimulator({ port: 0, ttftMs: 20, itlMs: 2, ...options })
})
afterAll(() => simulator.close())
beforeEach(() => simulator.faults.clear())

const options = (): TargetOptions => ({ url: `openai:${simulator.url}/v1`, apiKey: 'secret' })
const ask = (over: Partial<Ask> = {}): Ask => ({
  maxTokens: 20,
  exact: true,
  temperature: 0,
  how: 'stop',
  arrived: () => {},
  signal: new AbortController().signal,
  ...over,
})
async function opened(over: Partial<TargetOptions> = {}) {
  const target = openTarget({ ...options(), ...over })
  await target.check()
  return Object.assign(target, { [Symbol.asyncDispose]: () => target.close() })
}

test('the history goes with every message, and an answer can be made again', async () => {
  await using target = await opened()
  const talk = target.user().converse({ systemPrompt: 'Be brief.' })
  const first = await talk.send('Say hello.', ask())
  expect(first).toMatchObject({ reason: 'length', completionTokens: 20, error: undefined })
  const second = await talk.send('And again?', ask({ maxTokens: 7 }))
  expect(second.completionTokens).toBe(7)
  expect(second.promptTokens).toBeGreaterThan((first.promptTokens ?? Infinity) + 20)
  const again = await talk.regenerate(ask({ maxTokens: 9 }))
  expect(again).toMatchObject({ promptTokens: second.promptTokens, completionTokens: 9 })
  expect(again.engineTimings?.ttftMs).toBeGreaterThan(10)
})

test('only text counts as arrived: reasoning does, the role does not', async () => {
  await using target = await opened()
  const pieces: number[] = []
  const talk = target.user().converse({ systemPrompt: undefined })
  await talk.send('[[reasoning]] [[tokens=60]] Why?', ask({ maxTokens: 60, arrived: (n) => pieces.push(n) }))
  expect(pieces.length).toBeGreaterThan(20)
  expect(Math.min(...pieces)).toBeGreaterThan(0)
})

test.each(['per-user', 'shared'] as const)('who gives up closes the connection: %s', async (sockets) => {
  await using target = await opened({ sockets })
  const running = () => parseExposition(simulator.metricsText()).sum('vllm:num_requests_running', {})
  for (const how of ['stop', 'leave'] as const) {
    const over = new AbortController()
    const talk = target.user().converse({ systemPrompt: undefined })
    let arrivals = 0
    const arrived = () => {
      if (++arrivals === 3) over.abort()
    }
    const outcome = await talk.send('Talk.', ask({ maxTokens: 5_000, how, signal: over.signal, arrived }))
    expect(outcome).toMatchObject({ reason: 'abandoned', error: undefined })
    expect(outcome.completionTokens).toBeGreaterThanOrEqual(3)
    await expect.poll(running).toBe(0)
  }
  const late = AbortSignal.abort()
  const never = await target
    .user()
    .converse({ systemPrompt: undefined })
    .send('x', ask({ signal: late }))
  expect(never.reason).toBe('abandoned')
})

test.each([
  [{ kind: 'status', status: 503 }, 'HTTP_503'],
  [{ kind: 'refuse' }, 'ECONNRESET'],
  [{ kind: 'reset', afterTokens: 3 }, 'ECONNRESET'],
  [{ kind: 'truncate', afterTokens: 3 }, 'BROKE_OFF'],
  [{ kind: 'error-event', afterTokens: 3, code: 500 }, 'STREAM_500'],
  [{ kind: 'error-event', afterTokens: 0, code: 503 }, 'STREAM_503'],
] as const)('%o is the outcome %s, and the next request is served', async (fault, code) => {
  await using target = await opened()
  simulator.faults.add({ ...fault, times: 1 })
  const talk = target.user().converse({ systemPrompt: undefined })
  const outcome = await talk.send('Say hello.', ask())
  expect(outcome).toMatchObject({ reason: 'error', error: { code } })
  expect(outcome.error?.message).not.toBe('')
  expect(await talk.send('Say hello.', ask())).toMatchObject({ reason: 'length', completionTokens: 20 })
})

test('bytes that come one by one make the same answer', async () => {
  await using target = await opened()
  simulator.faults.add({ kind: 'split' })
  let characters = 0
  const talk = target.user().converse({ systemPrompt: undefined })
  const outcome = await talk.send('请用中文回答。', ask({ arrived: (n) => (characters += n) }))
  expect(outcome).toMatchObject({ reason: 'length', completionTokens: 20 })
  expect(characters).toBeGreaterThan(10)
})

test('a user keeps one connection', async () => {
  const { whole } = await shortRun({
    target: options(),
    plan: users(2, 500, (user, ordinal) => conversation(`u${user}-${ordinal}`, [turn(), turn()])),
  })
  expect(whole).toMatchObject({ succeeded: whole.intended, untold: 0 })
  expect(whole.intended).toBeGreaterThan(8)
})

test('what is wrong is told before any load, with the flag to mend', async () => {
  const problem = async (over: Partial<TargetOptions>): Promise<unknown> => {
    const target = openTarget({ ...options(), ...over })
    return target.check().catch((error: unknown) => error)
  }
  expect(await problem({})).toMatchObject({ model: simulator.model, simulated: true })
  expect(await problem({ url: 'openai:http://127.0.0.1:1' })).toMatchObject({ flag: '--target' })
  expect(await problem({ url: `openai:${simulator.url}/elsewhere` })).toMatchObject({ flag: '--target' })
  expect(await problem({ apiKey: 'wrong' })).toMatchObject({ flag: '--api-key' })
  expect(await problem({ apiKey: undefined })).toMatchObject({ flag: '--api-key' })
  expect(await problem({ model: 'other' })).toMatchObject({ flag: '--model' })
  const https = await problem({ url: `openai:${simulator.url.replace('http:', 'https:')}` })
  expect(String(https)).toMatch(/cannot be reached \(what answers there does not speak TLS\)$/)
})

test('a redirect within the host moves the load there; one elsewhere is named, without secrets', async () => {
  const posted: (string | undefined)[] = []
  const server = createServer((request, response) => {
    const { url = '', method } = request
    if (method === 'POST') posted.push(url)
    const elsewhere = `${simulator.url.replace('http://', 'http://user:word@')}${url}?key=word`
    if (url.startsWith('/old')) response.writeHead(308, { location: url.slice('/old'.length) }).end()
    else if (url.startsWith('/away')) response.writeHead(308, { location: elsewhere }).end()
    else if (url === '/v1/models') response.end('{"data":[{"id":"m"}]}')
    else response.end('{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const away = openTarget({ ...options(), url: `openai:${base}/away` })
  await expect(away.check()).rejects.toThrow(
    `${base}/away/v1 redirects to ${simulator.url}/away/v1/models; name where that leads`,
  )
  const target = openTarget({ ...options(), url: `openai:${base}/old` })
  expect(await target.check()).toMatchObject({ model: 'm' })
  expect(target.url).toBe(`${base}/v1`)
  const outcome = await target.user().converse({ systemPrompt: undefined }).send('Hi', ask())
  expect(outcome).toMatchObject({ reason: 'stop', error: undefined })
  expect(posted).toEqual(['/v1/chat/completions'])
  await target.close()
  server.close()
})

test.each([
  [{ url: 'openai:http://host/v1?version=2' }, '--target'],
  [{ url: 'openai:ftp://host' }, '--target'],
  [{ url: 'http://user:word@host' }, '--target'],
  [{ apiKey: 'with a space' }, '--api-key'],
  [{ apiKey: 'line\nfeed' }, '--api-key'],
  [{ transport: 'sse' }, '--transport'],
] as const)('%j is refused, naming %s', (over, flag) => {
  expect(() => openTarget({ ...options(), ...over })).toThrow(new RegExp(`^${flag}: `))
})
