import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { parseExposition } from '@slicechat/metrics'
import { expect, test } from 'vitest'
import { startSimulator, type Simulator } from '../index.ts'

/** A stream on a connection of its own. */
async function open(simulator: Simulator) {
  const sent = request(`${simulator.url}/v1/chat/completions`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json' },
  })
  const messages = [{ role: 'user', content: 'Tell me of the sea.' }]
  sent.end(JSON.stringify({ messages, stream: true, ignore_eos: true, max_tokens: 500 }))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.on('error', () => undefined)
  return { firstBytes: once(response, 'data'), cut: () => sent.destroy() }
}

test.each([
  ['fixed timing', { ttftMs: 20, itlMs: 20 }],
  ['batching', {}],
] as const)('a client that is cut off frees its place within a step: %s', async (_name, timing) => {
  const simulator = await startSimulator({ port: 0, maxNumSeqs: 1, maxModelLen: 4096, ...timing })
  const count = (name: string, labels = {}) =>
    parseExposition(simulator.metricsText()).sum(`vllm:${name}`, labels) ?? NaN
  const first = await open(simulator)
  await first.firstBytes
  const second = await open(simulator)
  while (count('num_requests_waiting') !== 1) await setImmediate()
  expect(count('num_requests_running')).toBe(1)

  const before = count('generation_tokens_total')
  first.cut()
  // Looked at in every turn of the event loop, so that nothing comes between the change and its being seen.
  while (count('num_requests_waiting') === 1) await setImmediate()
  // At most the step that ended while the news was on its way, and the step that was under way when it came.
  expect(count('generation_tokens_total') - before).toBeLessThanOrEqual(2)
  expect(count('num_requests_running')).toBe(1)
  await second.firstBytes
  expect(count('time_to_first_token_seconds_count')).toBe(2)
  second.cut()
  while (count('num_requests_running') > 0) await setImmediate()
  expect(count('kv_cache_usage_perc')).toBe(0)
  expect(count('request_success_total')).toBe(0)
  expect(count('e2e_request_latency_seconds_count')).toBe(0)
  await simulator.close()
})
