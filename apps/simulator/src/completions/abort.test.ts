import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { parseExposition } from '@slicechat/metrics/reading'
import { expect, test } from 'vitest'
import { startSimulator, type Simulator } from '../index.ts'

const CHANNEL = 'http.server.request.start'

/** Opens a stream on its own connection. @returns both sides of it, the client's and the server's */
async function open(simulator: Simulator, tokens: number) {
  const sent = request(`${simulator.url}/v1/chat/completions`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json' },
  })
  let served: ServerResponse | undefined
  const onStart = (message: unknown) => (served = (message as { response: ServerResponse }).response)
  subscribe(CHANNEL, onStart)
  const messages = [{ role: 'user', content: 'Tell me of the sea.' }]
  sent.end(JSON.stringify({ messages, stream: true, ignore_eos: true, max_tokens: tokens }))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  unsubscribe(CHANNEL, onStart)
  if (served === undefined) throw new Error('no server had the request')
  return { sent, response, served }
}

test.each([
  ['fixed timing', { ttftMs: 20, itlMs: 20 }],
  ['batching', {}],
] as const)('a client that is cut off frees its place at once, for the next: %s', async (_name, timing) => {
  const simulator = await startSimulator({ port: 0, maxNumSeqs: 1, maxModelLen: 4096, ...timing })
  const count = (name: string) => parseExposition(simulator.metricsText()).sum(`vllm:${name}`) ?? NaN
  const first = await open(simulator, 3000)
  first.response.on('error', () => undefined)
  await once(first.response, 'data')
  const second = await open(simulator, 5)
  while (count('num_requests_waiting') !== 1) await setImmediate()
  expect(count('num_requests_running')).toBe(1)

  const gone = once(first.served, 'close')
  first.sent.destroy()
  await gone
  const tokens = count('generation_tokens_total')
  await text(second.response)
  // The client that left got no further token, not even from the step that was running.
  expect(count('generation_tokens_total')).toBe(tokens + 5)
  expect(count('num_requests_running')).toBe(0)
  expect(count('kv_cache_usage_perc')).toBe(0)
  expect(count('time_to_first_token_seconds_count')).toBe(2)
  expect(count('request_success_total')).toBe(1)
  expect(count('e2e_request_latency_seconds_count')).toBe(1)
  await simulator.close()
})
