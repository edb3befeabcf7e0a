import { expect, test } from 'vitest'
import type { StepRecord } from '../engine/engine.ts'
import { Registry } from './registry.ts'
import { stepObserver } from './schedule-metrics.ts'
import { VllmMetrics } from './vllm-metrics.ts'

const record = (over: Partial<StepRecord>): StepRecord => ({
  startMs: 0,
  endMs: 10,
  work: { sequences: 2, prefillTokens: 100, decodeTokens: 1, contextTokens: 300, attentionPairs: 5000 },
  producedTokens: 0,
  completedPromptTokens: 0,
  gpuMs: 8,
  readBytes: 3000,
  writtenBytes: 20,
  flops: 7000,
  ...over,
})

test.each([true, false])('steps are counted as vLLM counts them; with --enable-mfu-metrics %s', (mfu) => {
  const metrics = new VllmMetrics(new Registry(() => 0), { model: 'm', maxModelLen: 100, cacheConfig: {} })
  const observer = stepObserver(metrics, () => undefined, mfu)
  observer.step(record({}))
  observer.step(record({ completedPromptTokens: 170, producedTokens: 2 }))
  expect([metrics.iterationTokens.count, metrics.iterationTokens.sum]).toEqual([1, 172])
  const { flops, readBytes, writtenBytes } = metrics
  const cost = [flops.value, readBytes.value, writtenBytes.value]
  expect(cost).toEqual(mfu ? [14_000, 6000, 40] : [0, 0, 0])
})
