import { expect, test } from 'vitest'
import { recording } from '../testing/recording.ts'
import type { SchedulerConfig } from './scheduler.ts'
import { simulate } from './simulate.ts'
import type { RequestTimings, TraceItem } from './simulated-sequence.ts'

/** A trace and the schedule of vLLM 0.32 for it, as recorded by `record-schedules.py` in the fixtures folder. */
interface Recorded {
  readonly config: Omit<SchedulerConfig, 'cost'>
  readonly trace: readonly TraceItem[]
  /** Per step: start, sequences, tokens, context tokens, and number of sequences that got a token. */
  readonly steps: readonly (readonly number[])[]
  readonly requests: readonly Readonly<Record<keyof RequestTimings, number | null>>[]
}

const scenarios = recording('schedules.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded)

const cost = () => ({ ms: 1, gpuMs: 1, readBytes: 0, writtenBytes: 0, flops: 0 })

test.each(scenarios.entries().toArray())('vLLM schedules trace %i the same way', (_, recorded) => {
  const steps: number[][] = []
  const { requests } = simulate(recorded.trace, { ...recorded.config, cost }, (step) => {
    const { sequences, prefillTokens, decodeTokens, contextTokens } = step.work
    steps.push([step.startMs, sequences, prefillTokens + decodeTokens, contextTokens, step.producedTokens])
  })
  expect(steps).toEqual(recorded.steps)
  const told = requests.map((request) => ({
    scheduledMs: request.scheduledMs ?? null,
    firstTokenMs: request.firstTokenMs ?? null,
    lastTokenMs: request.lastTokenMs ?? null,
    tokens: request.tokens,
    cachedTokens: request.cachedTokens,
    preemptions: request.preemptions,
  }))
  expect(told).toEqual(recorded.requests)
})

test('the traces are worth comparing', () => {
  const all = scenarios.flatMap(({ requests }) => requests)
  const sum = (key: keyof RequestTimings) => all.reduce((total, request) => total + (request[key] ?? 0), 0)
  expect(sum('preemptions')).toBeGreaterThan(20)
  expect(sum('cachedTokens')).toBeGreaterThan(500)
})
