import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LatencyHistogram } from '../histogram/latency-histogram.ts'
import { runSchema } from '../schema/run.ts'
import { anyParts } from '../testing/arbitrary-run.ts'
import { anInterval, aRun, aTally, aWitness, times } from '../testing/parts.ts'
import { tokenRate } from '../thresholds/throughput.ts'
import { mergeRuns, MergeProblem } from './merge-runs.ts'

const id = (ordinal: number): string => `00000000-0000-4000-8000-00000000000${ordinal}`

test('in any order the same comes out', () => {
  fc.assert(
    fc.property(anyParts, ([a, b, c]) => {
      expect(mergeRuns([c, a, b])).toEqual(mergeRuns([a, b, c]))
      expect(runSchema.safeParse(mergeRuns([a, b, c])).success).toBe(true)
    }),
    { numRuns: 20 },
  )
})

test('in any grouping the same comes out', () => {
  fc.assert(
    fc.property(anyParts, ([a, b, c]) => {
      expect(mergeRuns([mergeRuns([a, b]), c])).toEqual(mergeRuns([a, b, c]))
      expect(mergeRuns([a, mergeRuns([b, c])])).toEqual(mergeRuns([a, b, c]))
    }),
    { numRuns: 20 },
  )
})

test('nothing is lost: counts and samples add up', () => {
  fc.assert(
    fc.property(anyParts, (parts) => {
      const merged = mergeRuns(parts)
      const samples = (encoded: string): number => LatencyHistogram.decode(encoded).count
      const sum = (of: (run: (typeof parts)[number]) => number): number =>
        parts.reduce((total, part) => total + of(part), 0)
      expect(merged.whole.started).toBe(sum((run) => run.whole.started))
      expect(samples(merged.whole.latencies.ttft)).toBe(sum((run) => samples(run.whole.latencies.ttft)))
      const errors = (run: (typeof parts)[number]): number =>
        run.whole.errors.reduce((n, e) => n + e.count, 0)
      expect(errors(merged)).toBe(sum(errors))
      const started = (run: (typeof parts)[number]): number =>
        run.intervals.reduce((n, i) => n + i.started, 0)
      expect(started(merged)).toBe(sum(started))
    }),
    { numRuns: 20 },
  )
})

test('two shards: tallies, errors, intervals, self and thresholds', () => {
  const part = (ordinal: number, ttft: number, started: number) =>
    aRun({
      id: id(ordinal),
      whole: aTally({
        started,
        errors: [{ code: 'QUEUE_FULL', count: ordinal, example: `example ${ordinal}` }],
      }),
      steadyTally: aTally({ started, latencies: { ...aTally().latencies, ttft: times(ttft) } }),
      intervals: [
        anInterval({ atMs: 0, users: ordinal, ttft: times(ttft) }),
        anInterval({ atMs: 1000 * ordinal }),
      ],
      thresholds: [{ expression: 'ttft.max < 150ms', value: ttft, passed: ttft < 150 }],
    })
  const merged = mergeRuns([part(2, 200, 30), part(1, 100, 20)])
  expect(merged.id).toBe(id(1))
  expect(merged.whole.errors).toEqual([{ code: 'QUEUE_FULL', count: 3, example: 'example 1' }])
  expect(merged.intervals.map(({ atMs, users }) => [atMs, users])).toEqual([
    [0, 3],
    [1000, 0],
    [2000, 0],
  ])
  expect(merged.self).toMatchObject({ cpuSeconds: 2, eventLoopDelayMs: { max: 5 }, peakRssBytes: 2e8 })
  expect(merged.thresholds).toHaveLength(1)
  expect(merged.thresholds[0]).toMatchObject({ passed: false })
  expect(merged.generator).toMatchObject({ shards: 2, workers: 2, cpu: 'a cpu' })
})

test('shards of old that were told no usage have no throughput together either', () => {
  const { succeededUntold: _, ...old } = aTally({ started: 5, untold: 5 })
  const parts = [1, 2].map((ordinal) => aRun({ id: id(ordinal), steadyTally: old }))
  expect(parts.map(({ steadyTally }) => tokenRate(steadyTally, 60))).toEqual([null, null])
  expect(tokenRate(mergeRuns(parts).steadyTally, 60)).toBeNull()
})

test('an endpoint that two shards saw is kept once, as seen by the one that looked longest', () => {
  const short = aWitness({ fromMs: -10, untilMs: 100 })
  const long = aWitness({ fromMs: -20, untilMs: 100 })
  const other = aWitness({ kind: 'vllm' })
  const merged = mergeRuns([
    aRun({ id: id(1), witnesses: [short, other] }),
    aRun({ id: id(2), witnesses: [other, long] }),
  ])
  expect(merged.witnesses).toEqual([long, other])
})

test.each([
  ['seed', { seed: 2 }],
  ['scenario', { scenario: { name: 'other' } }],
  ['start', { startedAt: 5 }],
  ['length of intervals', { intervalMs: 500 }],
])('runs that differ in %s are no parts of one', (trait, difference) => {
  expect(() => mergeRuns([aRun({ id: id(1) }), aRun({ id: id(2), ...difference })])).toThrow(trait)
})

test('the order of keys in a scenario makes no difference', () => {
  const a = aRun({ id: id(1), scenario: { name: 'test', warmUp: 1 } })
  const b = aRun({ id: id(2), scenario: { warmUp: 1, name: 'test' } })
  expect(() => mergeRuns([a, b])).not.toThrow()
})

test('a part given twice would count twice, and nothing cannot be merged', () => {
  expect(() => mergeRuns([aRun(), aRun()])).toThrow(MergeProblem)
  expect(() => mergeRuns([])).toThrow(MergeProblem)
})
