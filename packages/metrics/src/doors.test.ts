import { expect, test } from 'vitest'
import { createChatMetrics } from './chat-metrics.ts'
import { histogramOf } from './histogram-series.ts'
import { parseExposition } from './parser.ts'

test('by each door: the names as they were when summed, and the door where it is of use', async () => {
  const metrics = createChatMetrics({ defaultMetrics: false })
  const timings = {
    ...{ queuedMs: 12, upstreamTtftMs: 180, ttftMs: 200, e2eMs: 2_200 },
    ...{ interTokenMsMean: 20, tokensPerSecond: 50, longestGapMs: 40 },
  }
  const usage = { promptTokens: 40, completionTokens: 101 }
  metrics.setModels(['qwen'])
  for (const door of ['trpc', 'openai'] as const)
    metrics.countGeneration({ door, model: 'qwen', status: 'success', timings, usage })
  const page = parseExposition(await metrics.text())
  expect(page.sum('chat_requests_total', { status: 'success' })).toBe(2)
  expect(page.sum('chat_requests_total', { door: 'openai' })).toBe(1)
  expect(page.sum('chat_tokens_total', { kind: 'completion' })).toBe(202)
  expect(histogramOf(page, 'chat_first_token_latency_seconds')?.count).toBe(2)
  expect(histogramOf(page, 'chat_first_token_latency_seconds', { door: 'openai' })?.count).toBe(1)
  expect(histogramOf(page, 'chat_e2e_latency_seconds')?.count).toBe(2)
})
