import { expect, test } from 'vitest'
import { Registry } from './registry.ts'
import { RequestRecord } from './request-record.ts'
import { VllmMetrics } from './vllm-metrics.ts'

test("a request's own metrics count from when the engine took it, and tell its wait apart, as vLLM's do", () => {
  const metrics = new VllmMetrics(new Registry(() => 0), { model: 'm', maxModelLen: 100, cacheConfig: {} })
  const request = { promptTokens: 10, maxTokens: 3, arrivalMs: 1000, prefixCaching: true }
  const record = new RequestRecord(metrics, request)
  record.scheduled(1100, 0)
  for (const atMs of [1150, 1160, 1170]) record.produced(1, atMs)
  expect(record.timings()).toEqual({
    time_to_first_token_ms: 50,
    generation_time_ms: 20,
    queue_time_ms: 100,
    mean_itl_ms: 10,
    tokens_per_second: (3 / 70) * 1000,
  })
})
