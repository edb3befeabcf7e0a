import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startSimulator, type Fault, type Simulator } from '../index.ts'
import { ask, chunksOf, metric, textOf } from '../testing/chat.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({ port: 0, ttftMs: 2, itlMs: 1 })
})
afterEach(() => simulator.faults.clear())
afterAll(() => simulator.close())

const stream = { stream: true, max_tokens: 20, ignore_eos: true }
const control = (init?: RequestInit) => fetch(`${simulator.url}/sim/faults`, init)
const running = () => metric(simulator.metricsText(), 'vllm:num_requests_running')

/** Reads a stream to its end. @returns the text, and whether the connection broke */
async function readToBreak(response: Response): Promise<{ text: string; broke: boolean }> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>)
      text += decoder.decode(bytes, { stream: true })
    return { text, broke: false }
  } catch {
    return { text, broke: true }
  }
}

test('refuse: the connection ends before any response', async () => {
  simulator.faults.add({ kind: 'refuse', times: 1 })
  await expect(ask(simulator, 'hi', stream)).rejects.toThrow()
  expect((await ask(simulator, 'hi', { max_tokens: 1 })).status).toBe(200)
})

test.each([400, 401, 404, 429, 500, 503] as const)('status %d, with a time to wait', async (status) => {
  simulator.faults.add({ kind: 'status', status, retryAfter: 7 })
  const response = await ask(simulator, 'hi', stream)
  expect(response.status).toBe(status)
  expect(response.headers.get('retry-after')).toBe('7')
  const { error } = (await response.json()) as { error: { code: number } | string }
  expect(status === 401 ? error : (error as { code: number }).code).toBe(
    status === 401 ? 'Unauthorized' : status,
  )
})

test('hang: the head comes, and then nothing until the client goes', async () => {
  simulator.faults.add({ kind: 'hang' })
  const response = await ask(simulator, 'hi', stream)
  expect(response.status).toBe(200)
  expect(running()).toBe(0)
  await response.body?.cancel()
})

test('slow-start: the first token comes later, and the rest at its pace', async () => {
  simulator.faults.add({ kind: 'slow-start', ms: 100 })
  const begun = performance.now()
  const response = await ask(simulator, 'hi', stream)
  expect(textOf(await response.text())).not.toBe('')
  expect(performance.now() - begun).toBeGreaterThan(100 + 2 + 18)
})

test('stall: a pause after some tokens, then the rest of the same text', async () => {
  const seeded = { ...stream, temperature: 0 }
  const whole = textOf(await (await ask(simulator, 'hi', seeded)).text())
  simulator.faults.add({ kind: 'stall', afterTokens: 5, ms: 80 })
  const begun = performance.now()
  const body = await (await ask(simulator, 'hi', seeded)).text()
  expect(performance.now() - begun).toBeGreaterThan(80)
  expect(textOf(body)).toBe(whole)
})

test('stall without an end: what came so far came, and a client that goes is let go', async () => {
  simulator.faults.add({ kind: 'stall', afterTokens: 5 })
  const response = await ask(simulator, 'hi', { ...stream, max_tokens: 5000 })
  const reader = response.body?.getReader()
  let text = ''
  while ((text.match(/"token_ids"/g) ?? []).length < 5)
    text += new TextDecoder().decode((await reader?.read())?.value)
  await reader?.cancel()
  await expect.poll(running).toBe(0)
})

test('reset: the connection breaks after so many tokens', async () => {
  simulator.faults.add({ kind: 'reset', afterTokens: 7 })
  const { text, broke } = await readToBreak(await ask(simulator, 'hi', stream))
  expect(broke).toBe(true)
  expect(chunksOf(text).length).toBeLessThanOrEqual(8)
  await expect.poll(running).toBe(0)
})

test('truncate: an orderly end without a reason', async () => {
  simulator.faults.add({ kind: 'truncate', afterTokens: 7 })
  const { text, broke } = await readToBreak(await ask(simulator, 'hi', stream))
  expect(broke).toBe(false)
  expect(chunksOf(text).length).toBe(8)
  expect(text).not.toContain('[DONE]')
  expect(running()).toBe(0)
})

test('error-event: after some tokens, or at once as a refusal', async () => {
  simulator.faults.add({ kind: 'error-event', afterTokens: 3, code: 500, times: 1 })
  simulator.faults.add({ kind: 'error-event', afterTokens: 0, code: 503, message: 'no' })
  const middle = chunksOf(await (await ask(simulator, 'hi', stream)).text())
  expect(middle.length).toBe(1 + 3 + 2)
  expect(middle.at(-2)).toMatchObject({ error: { code: 500, type: 'InternalServerError' } })
  const refused = chunksOf(await (await ask(simulator, 'hi', stream)).text())
  expect(refused).toMatchObject([{ error: { code: 503, message: 'no' } }, '[DONE]'])
})

test('malformed: one event that is not JSON among good ones', async () => {
  simulator.faults.add({ kind: 'malformed', afterTokens: 3 })
  const chunks = chunksOf(await (await ask(simulator, 'hi', stream)).text())
  expect(chunks.filter((chunk) => typeof chunk === 'string').length).toBe(2)
  expect(typeof chunks[4]).toBe('string')
  expect(chunks.at(-1)).toBe('[DONE]')
})

test('split: characters and lines are cut anywhere, and nothing is lost', async () => {
  const chinese = { ...stream, temperature: 0 }
  const whole = textOf(await (await ask(simulator, '你好 👍 [[echo]]', chinese)).text())
  simulator.faults.add({ kind: 'split' })
  const response = await ask(simulator, '你好 👍 [[echo]]', chinese)
  const pieces: number[] = []
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    pieces.push(bytes.length)
    text += decoder.decode(bytes, { stream: true })
  }
  expect(textOf(text)).toBe(whole)
  expect(pieces.length).toBeGreaterThan(20)
})

test('flood: that many bytes of content, and an end', async () => {
  simulator.faults.add({ kind: 'flood', bytes: 1_000_003 })
  const body = await (
    await ask(simulator, 'hi', { ...stream, stream_options: { include_usage: true } })
  ).text()
  expect(textOf(body).length).toBe(1_000_003)
  expect(body.endsWith('data: [DONE]\n\n')).toBe(true)
})

test('engine-dead: 500 and 503 until cleared', async () => {
  const underWay = ask(simulator, 'hi', { max_tokens: 5000, ignore_eos: true })
  await expect.poll(running).toBe(1)
  simulator.faults.add({ kind: 'engine-dead' })
  expect((await underWay).status).toBe(500)
  expect((await ask(simulator, 'hi', stream)).status).toBe(500)
  expect((await fetch(`${simulator.url}/health`)).status).toBe(503)
  simulator.faults.clear()
  expect((await fetch(`${simulator.url}/health`)).status).toBe(200)
})

test('tunnel-down: every connection is cut, only the control endpoint answers', async () => {
  const response = await ask(simulator, 'hi', { ...stream, max_tokens: 5000 })
  const set = await control({ method: 'POST', body: JSON.stringify({ kind: 'tunnel-down' }) })
  expect(set.status).toBe(200)
  expect((await readToBreak(response)).broke).toBe(true)
  await expect(fetch(`${simulator.url}/health`)).rejects.toThrow()
  await expect(fetch(`${simulator.url}/v1/models`)).rejects.toThrow()
  expect((await control({ method: 'DELETE' })).status).toBe(200)
  expect((await fetch(`${simulator.url}/health`)).status).toBe(200)
  await expect.poll(running).toBe(0)
})

test('faults are aimed by text and by number, and listed', async () => {
  const aimed: Fault = { kind: 'status', status: 429, match: 'only me', times: 2 }
  await control({ method: 'POST', body: JSON.stringify(aimed) })
  expect((await ask(simulator, 'another', { max_tokens: 1 })).status).toBe(200)
  expect((await ask(simulator, 'this is only me', { max_tokens: 1 })).status).toBe(429)
  expect(await (await control()).json()).toEqual({ faults: [{ ...aimed, times: 1 }] })
  expect((await ask(simulator, 'only me', { max_tokens: 1 })).status).toBe(429)
  expect(await (await control()).json()).toEqual({ faults: [] })
})

test.each([
  '',
  'nope',
  '[]',
  '{"kind":"nope"}',
  '{"kind":"reset"}',
  '{"kind":"hang","extra":1}',
  '{"kind":"status","status":418}',
])('the control endpoint refuses %j and says why', async (body) => {
  const response = await control({ method: 'POST', body })
  expect(response.status).toBe(400)
  expect(((await response.json()) as { error: string }).error.length).toBeGreaterThan(5)
})

test('faults of a stream have a counterpart where no stream was asked for', async () => {
  simulator.faults.add({ kind: 'error-event', afterTokens: 0, code: 500, times: 1 })
  expect((await ask(simulator, 'hi')).status).toBe(500)
  simulator.faults.add({ kind: 'reset', afterTokens: 3, times: 1 })
  await expect(ask(simulator, 'hi')).rejects.toThrow()
  simulator.faults.add({ kind: 'malformed', afterTokens: 3, times: 1 })
  await expect((await ask(simulator, 'hi')).json()).rejects.toThrow()
})

test('a raw socket that sends rubbish is answered or cut, and the next request is served', async () => {
  await new Promise<void>((resolve) => {
    const socket = connect(simulator.port, '127.0.0.1', () => socket.end('\u0000\u0001 nonsense\r\n\r\n'))
    socket
      .on('error', () => undefined)
      .resume()
      .on('close', () => resolve())
  })
  expect((await ask(simulator, 'hi', { max_tokens: 1 })).status).toBe(200)
})
