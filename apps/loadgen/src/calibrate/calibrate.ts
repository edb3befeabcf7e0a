import { LatencyHistogram, type Run } from '@slicechat/report'
import { runScenario } from '../run/run-scenario.ts'
import type { RequestRecord } from '../run/request-record.ts'
import { scenarioSchema } from '../scenario/scenario.ts'
import type { TargetOptions } from '../target/open-target.ts'
import { type ErrorQuantiles, errorQuantiles } from './error-quantiles.ts'

/** What is known of the server: how it times every answer, whatever the load. */
export interface FixedTiming {
  /** From a request to its first token, milliseconds. */
  readonly ttftMs: number
  /** From token to token, milliseconds. */
  readonly itlMs: number
}

export interface CalibrateOptions {
  readonly target: TargetOptions
  readonly timing: FixedTiming
  /** Answers at once, each by a user of its own who asks again when it has ended. */
  readonly streams: number
  /** `simultaneous`: all users begin together, and so again each time; `spread`: evenly over an answer's time. */
  readonly starts: 'simultaneous' | 'spread'
  readonly answerTokens: number
  /** How often each user asks after the warm-up. */
  readonly rounds: number
  readonly signal?: AbortSignal
}

/** Of load tester and server alike: connections are made, code is compiled. */
const WARM_UP_ROUNDS = 3

/** How far what was measured is from what is true. */
export interface Calibration {
  readonly streams: number
  readonly starts: CalibrateOptions['starts']
  /** As the timing has it, were there no pauses. */
  readonly offeredTokensPerSecond: number
  readonly requests: number
  readonly failed: number
  /** Measured TTFT less the true one, and less what the server says that it added; milliseconds. */
  readonly ttftErrorMs: ErrorQuantiles
  /**
   * What the server added, by its own timings of each answer (the API's, or vLLM's per-request metrics): its TTFT less
   * the true one. `null`: it tells none.
   */
  readonly serverAddedMs: ErrorQuantiles | null
  /** (last − first) / (tokens − 1) less the true time between tokens. */
  readonly interTokenErrorMs: ErrorQuantiles
  /** Single gaps less the true one; a gap holds several tokens where they came together. */
  readonly gapErrorMs: { readonly p50: number; readonly p99: number }
  readonly startDelayP99Ms: number
  readonly self: Run['self']
}

/**
 * Measures the load tester's own error against a server whose timing is fixed, such as
 * `npm run simulator -- --ttft 50ms --itl 10ms`.
 * @throws TargetProblem before any load is sent
 */
export async function calibrate(options: CalibrateOptions): Promise<Calibration> {
  const { timing, streams, starts, answerTokens, rounds, signal } = options
  const answerMs = timing.ttftMs + timing.itlMs * (answerTokens - 1)
  const ms = (rounds: number): string => `${answerMs * rounds}ms`
  const stages = [
    { duration: ms(1), users: streams },
    { duration: ms(WARM_UP_ROUNDS - 1 + rounds + 0.5), users: streams },
  ]
  const scenario = scenarioSchema.parse({
    name: 'calibrate',
    executor: { type: 'ramping-vus', startUsers: starts === 'spread' ? 0 : streams, stages },
    conversation: { prompt: 20, answer: answerTokens, exactAnswers: true, temperature: 0 },
    warmUp: ms(WARM_UP_ROUNDS - 0.5),
    grace: '20s',
  })
  const records: RequestRecord[] = []
  const run = await runScenario({
    ...{ scenario, directory: '.', seed: 1, target: options.target },
    ...(signal === undefined ? {} : { signal }),
    onRequest: (record) => records.push(record),
  })
  const steady = records.filter(({ intendedMs }) => intendedMs >= run.steady.fromMs)
  const numbers = (of: (record: RequestRecord) => number | null | undefined): number[] =>
    steady.flatMap((record) => of(record) ?? [])
  const added = numbers((record) => {
    const ttftMs = serverTtft(record)
    return ttftMs === null ? null : ttftMs - timing.ttftMs
  })
  const gaps = LatencyHistogram.decode(run.steadyTally.latencies.gap)
  const delays = LatencyHistogram.decode(run.steadyTally.latencies.startDelay)
  return {
    streams,
    starts,
    offeredTokensPerSecond: (streams * 1000) / timing.itlMs,
    requests: steady.length,
    failed: steady.filter(({ status }) => status !== 'succeeded').length,
    ttftErrorMs: errorQuantiles(
      numbers((record) =>
        record.ttftMs === undefined ? null : record.ttftMs - (serverTtft(record) ?? timing.ttftMs),
      ),
    ),
    serverAddedMs: added.length === 0 ? null : errorQuantiles(added),
    interTokenErrorMs: errorQuantiles(
      numbers(({ interTokenMs }) => (interTokenMs === undefined ? null : interTokenMs - timing.itlMs)),
    ),
    gapErrorMs: {
      p50: (gaps.quantile(0.5) ?? Number.NaN) - timing.itlMs,
      p99: (gaps.quantile(0.99) ?? Number.NaN) - timing.itlMs,
    },
    startDelayP99Ms: delays.quantile(0.99) ?? Number.NaN,
    self: run.self,
  }
}

/** Milliseconds to the first token as the server measured them, its queue included. */
function serverTtft({ apiTimings, engineTimings }: RequestRecord): number | null {
  if (apiTimings !== undefined) return apiTimings.ttftMs
  return engineTimings === undefined ? null : engineTimings.queueMs + engineTimings.ttftMs
}
