import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { FixedTimingEngine } from '../engine/fixed-timing-engine.ts'
import { HttpError } from '../http/http-error.ts'
import { Registry } from '../metrics/registry.ts'
import { VllmMetrics } from '../metrics/vllm-metrics.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { Admission } from './admission.ts'

function setUp(limits: { maxNumQueuedReqs?: number; maxNumQueuedTokens?: number }) {
  const observer = { step: () => undefined, emitted: () => undefined }
  const engine = new FixedTimingEngine({
    ttftMs: 50,
    itlMs: 10,
    maxRunning: 1,
    cacheTokens: 1000,
    clock: new ManualClock(),
    observer,
  })
  const metrics = new VllmMetrics(new Registry(() => 0), { model: 'm', maxModelLen: 100, cacheConfig: {} })
  const configuration = { maxNumQueuedReqs: undefined, maxNumQueuedTokens: undefined, ...limits }
  const submit = (promptTokens: number) => {
    const nothing = () => undefined
    const callbacks = { tokenAt: () => 0, scheduled: nothing, preempted: nothing, produce: nothing }
    engine.submit({ promptTokens, outputTokens: 5, cacheSalt: '', ...callbacks }, 0)
  }
  return { admission: new Admission({ engine, metrics, configuration }), submit, metrics }
}

test('requests of one turn all get past the first question, and are stopped at the second', async () => {
  const { admission, submit, metrics } = setUp({ maxNumQueuedReqs: 2 })
  for (const expected of [undefined, undefined, 503]) {
    admission.preflight()
    expect(admission.refusal()?.code).toBe(expected)
    if (expected === undefined) submit(10)
  }
  await setImmediate()
  expect(() => admission.preflight()).toThrow(HttpError)
  expect(metrics.rejections.max_num_queued_reqs.value).toBe(2)
})

test('prompts without a first token count against the backlog; one that finds it below the limit may pass it', () => {
  const { admission, submit, metrics } = setUp({ maxNumQueuedTokens: 25 })
  submit(20)
  expect(admission.refusal()).toBeUndefined()
  submit(20)
  expect(admission.refusal()?.message).toContain('prefill token backlog')
  expect(metrics.rejections.max_num_queued_tokens.value).toBe(1)
  expect(metrics.rejections.max_num_queued_reqs.value).toBe(0)
})
