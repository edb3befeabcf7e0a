import fc from 'fast-check'
import type { Interval, Run, Tally } from '../schema/run.ts'
import { aLatencies, anInterval, aRun, aTally, aWitness, times } from './parts.ts'

const few = fc.nat({ max: 50 })
/** Dyadic fractions, whose sum is exact in any order. */
const fraction = fc.nat({ max: 1000 }).map((n) => n / 8)
const someTimes = fc.array(fc.nat({ max: 5_000 }), { maxLength: 6 }).map((ms) => times(...ms))
const someErrors = fc.uniqueArray(
  fc.record({ code: fc.constantFrom('A', 'B', 'C'), count: few, example: fc.constantFrom('x', 'y', 'z') }),
  { selector: ({ code }) => code, maxLength: 3 },
)

const anyTally: fc.Arbitrary<Tally> = fc
  .record({
    started: few,
    dropped: few,
    promptTokens: few,
    completionTokens: few,
    untold: few,
    undecided: few,
    goodRequests: few,
    errors: someErrors,
    latencies: fc.record({ ttft: someTimes, e2e: someTimes }).map(aLatencies),
  })
  .map(aTally)

const anyInterval: fc.Arbitrary<Interval> = fc
  .record({ started: few, users: fraction, active: fraction, tokens: fraction, ttft: fc.option(someTimes) })
  .map(anInterval)

const anyWitness = fc
  .record({
    kind: fc.constantFrom('api' as const, 'vllm' as const, 'dcgm' as const),
    url: fc.constantFrom('http://a/metrics', 'http://b/metrics'),
    fromMs: fc.integer({ min: -20, max: 0 }),
    samples: few,
  })
  .map(aWitness)

/**
 * Parts of one run, each with an id of its own; errors and witnesses are in the order in which `mergeRuns`
 * gives them.
 */
export const anyParts: fc.Arbitrary<[Run, Run, Run]> = fc.tuple(anyPart(1), anyPart(2), anyPart(3))

function anyPart(ordinal: number): fc.Arbitrary<Run> {
  return fc
    .record({
      durationMs: fc.nat({ max: 60_000 }),
      cutShort: fc.option(fc.constantFrom('Ctrl-C', 'the target died')),
      whole: anyTally,
      steadyTally: anyTally,
      intervals: fc
        .array(anyInterval, { maxLength: 4 })
        .map((intervals) => intervals.map((interval, i) => ({ ...interval, atMs: i * 1000 }))),
      cores: fraction,
      delay: fraction,
      saturated: fc.boolean(),
      thresholds: fc.subarray(['ttft.p95 < 2s', 'errors.rate < 1%']),
      witnesses: fc.array(anyWitness, { maxLength: 3 }),
    })
    .map(({ cores, delay, saturated, thresholds, ...parts }) => {
      const run = aRun(parts)
      return {
        ...run,
        id: `00000000-0000-4000-8000-00000000000${ordinal}`,
        self: {
          ...run.self,
          cores,
          cpuSeconds: cores,
          eventLoopDelayMs: { p50: delay, p99: delay, max: delay },
          saturated,
          why: saturated ? [`part ${ordinal} was late`] : [],
        },
        thresholds: thresholds.map((expression) => ({ expression, value: null, passed: false })),
      }
    })
}
