import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSimulator, type Simulator } from './index.ts'
import { ask, chunksOf, metric, textOf, type Chunk } from './testing/chat.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({ port: 0, ttftMs: 5, itlMs: 1 })
})
afterAll(() => simulator.close())

const read = (series: string) => metric(simulator.metricsText(), series)
const usage = { stream: true, stream_options: { include_usage: true } }
const usageOf = (body: string) => (chunksOf(body).at(-2) as Chunk).usage

test('/tokenize agrees with the usage', async () => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: '你好 hello 👍 [[tokens=3]]' },
  ]
  const headers = { 'content-type': 'application/json' }
  const post = async (path: string): Promise<unknown> => {
    const response = await fetch(simulator.url + path, {
      method: 'POST',
      headers,
      body: JSON.stringify({ messages }),
    })
    return response.json()
  }
  const { count } = (await post('/tokenize')) as { count: number }
  const { usage } = (await post('/v1/chat/completions')) as { usage: { prompt_tokens: number } }
  expect(usage.prompt_tokens).toBe(count)
})

test('directives: an exact number of tokens, an echo, reasoning', async () => {
  const exact = await (await ask(simulator, '[[tokens=137]]', usage)).text()
  expect(usageOf(exact)?.completion_tokens).toBe(137)
  expect(
    await ask(simulator, 'say 你好 👍🏽 [[echo]]', usage)
      .then((r) => r.text())
      .then((body) => textOf(body)),
  ).toBe('say 你好 👍🏽')
  const thought = await (await ask(simulator, 'hm [[reasoning]] [[tokens=60]]', usage)).text()
  expect(textOf(thought, 'reasoning')).toMatch(/^The user wants/)
  expect(textOf(thought)).not.toBe('')
  expect(usageOf(thought)?.completion_tokens).toBe(60)
  const plain = (await (await ask(simulator, 'hm [[reasoning]]')).json()) as {
    choices: { message: { reasoning: string } }[]
  }
  expect(plain.choices[0]?.message.reasoning).toBe(textOf(thought, 'reasoning'))
})

test('asked again the answer is another one; with a seed or at temperature 0 it is the same', async () => {
  const text = async (options: object) =>
    textOf(await (await ask(simulator, 'tell me more', { stream: true, ...options })).text())
  expect(await text({})).not.toBe(await text({}))
  expect(await text({ seed: 5 })).toBe(await text({ seed: 5 }))
  expect(await text({ temperature: 0 })).toBe(await text({ temperature: 0 }))
})

test('an aborted request leaves its tokens and its first-token time, and nothing per request', async () => {
  const names = [
    'vllm:generation_tokens_total',
    'vllm:time_to_first_token_seconds_count',
    'vllm:e2e_request_latency_seconds_count',
    'vllm:request_prompt_tokens_count',
  ]
  const before = names.map(read)
  const finished = () =>
    ['stop', 'length', 'abort', 'error'].map((reason) =>
      read(`vllm:request_success_total{engine="0",finished_reason="${reason}"`),
    )
  const finishedBefore = finished()
  const abort = new AbortController()
  const response = await ask(
    simulator,
    'hi',
    { stream: true, max_tokens: 5000, ignore_eos: true },
    abort.signal,
  )
  await response.body?.getReader().read()
  expect(read('vllm:num_requests_running')).toBe(1)
  abort.abort()
  await expect.poll(() => read('vllm:num_requests_running')).toBe(0)
  const [tokens = 0, firsts = 0, ...perRequest] = names.map((name, at) => read(name) - (before[at] ?? 0))
  expect(tokens).toBeGreaterThan(0)
  expect(tokens).toBeLessThan(5000)
  expect(firsts).toBe(1)
  expect(perRequest).toEqual([0, 0])
  expect(finished()).toEqual(finishedBefore)
})

test('a client that does not read costs no memory, and gets everything when it reads', async () => {
  const before = process.memoryUsage().arrayBuffers + process.memoryUsage().external
  const tokens = 30_000
  const fast = await startSimulator({ port: 0, ttftMs: 0, itlMs: 0 })
  const body = JSON.stringify({
    messages: [{ role: 'user', content: 'hi' }],
    max_tokens: tokens,
    ignore_eos: true,
    ...usage,
  })
  const socket = connect(fast.port, '127.0.0.1')
  socket.pause()
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  await expect
    .poll(() => metric(fast.metricsText(), 'vllm:generation_tokens_total'), { timeout: 5000 })
    .toBe(tokens)
  expect(process.memoryUsage().arrayBuffers + process.memoryUsage().external - before).toBeLessThan(
    8 * 2 ** 20,
  )
  let text = ''
  for await (const bytes of socket) text += String(bytes)
  expect(text).toContain(`"completion_tokens":${tokens}`)
  expect(text).toContain('[DONE]')
  await fast.close()
})

test('a body larger than anybody needs cuts the connection', async () => {
  const socket = connect(simulator.port, '127.0.0.1')
  let answer = ''
  socket.on('data', (bytes) => (answer += String(bytes)))
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(
    `POST /tokenize HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${2 ** 30}\r\n\r\n`,
  )
  for (let mebibytes = 0; mebibytes < 70; mebibytes++) socket.write(Buffer.alloc(2 ** 20))
  await closed
  expect(answer).toBe('')
})

test('a prompt one token short of the context has one token of answer, one that fills it has none', async () => {
  const sizeOf = async (server: typeof simulator, content: string) => {
    const body = JSON.stringify({ messages: [{ role: 'user', content }] })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${server.url}/tokenize`, { method: 'POST', headers, body })
    return ((await response.json()) as { count: number }).count
  }
  const content = 'word '.repeat(100)
  const count = await sizeOf(simulator, content)
  const answers = [1, 0, -1].map(async (left) => {
    const tight = await startSimulator({ port: 0, ttftMs: 0, itlMs: 0, maxModelLen: count + left })
    const body: unknown = await (await ask(tight, content, {})).json()
    await tight.close()
    return body
  })
  const [last, none, over] = await Promise.all(answers)
  expect(last).toMatchObject({ usage: { completion_tokens: 1 }, choices: [{ finish_reason: 'length' }] })
  expect(none).toMatchObject({
    error: { param: 'max_tokens', message: expect.stringContaining('got 0') as string },
  })
  expect(over).toMatchObject({ error: { param: 'input_tokens' } })
})

test('beyond max-num-seqs requests wait, visibly', async () => {
  const narrow = await startSimulator({ port: 0, maxNumSeqs: 1, ttftMs: 200, itlMs: 1 })
  const answers = [1, 2, 3].map((n) => ask(narrow, `${n} [[tokens=5]]`, usage))
  await expect.poll(() => metric(narrow.metricsText(), 'vllm:num_requests_waiting')).toBe(2)
  expect(metric(narrow.metricsText(), 'vllm:num_requests_running')).toBe(1)
  for (const answer of answers) expect(await (await answer).text()).toContain('[DONE]')
  expect(metric(narrow.metricsText(), 'vllm:request_queue_time_seconds_sum')).toBeGreaterThan(0.4)
  await narrow.close()
})

test('X-Request-Id becomes the id of the answer', async () => {
  const response = await new Promise<string>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'x-request-id': 'trace-7' }
    const sent = request(`${simulator.url}/v1/chat/completions`, { method: 'POST', headers }, (incoming) => {
      let text = ''
      incoming.on('data', (piece) => (text += String(piece))).on('end', () => resolve(text))
    })
    sent
      .on('error', reject)
      .end(JSON.stringify({ messages: [{ role: 'user', content: 'hi' }], max_tokens: 1 }))
  })
  expect((JSON.parse(response) as { id: string }).id).toBe('chatcmpl-trace-7')
})

test('bytes that are no UTF-8 and bodies that do not say JSON are refused', async () => {
  const url = `${simulator.url}/v1/chat/completions`
  const json = { 'content-type': 'application/json' }
  const bad = await fetch(url, { method: 'POST', headers: json, body: new Uint8Array([0x7b, 0xff, 0x7d]) })
  expect([bad.status, await bad.json()]).toEqual([400, { detail: 'There was an error parsing the body' }])
  const form = await fetch(url, { method: 'POST', body: '{}' })
  expect(form.status).toBe(400)
  expect(JSON.stringify(await form.json())).toContain("Only 'application/json' is allowed")
})

test('the name of the model says that it is simulated', () => expect(simulator.model).toMatch(/^sim\//))

test('told to stop with time left it finishes what runs, and cuts what does not end', async () => {
  for (const [tokens, graceMs] of [
    [100, 10_000],
    [10_000, 50],
  ] as const) {
    const stopping = await startSimulator({ port: 0, ttftMs: 5, itlMs: 2 })
    const response = await ask(stopping, `[[tokens=${tokens}]]`, usage)
    const body = response.text()
    await stopping.close(graceMs)
    if (tokens === 100) expect(usageOf(await body)?.completion_tokens).toBe(tokens)
    else await expect(body).rejects.toThrow()
    await expect(fetch(stopping.url)).rejects.toThrow()
  }
})
