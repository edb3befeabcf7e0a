import { omitUndefined } from '@slicechat/contract'
import { LatencyHistogram, type Run } from '@slicechat/run'
import { planLoad } from '../run/prepared-run.ts'
import { runScenario } from '../run/run-scenario.ts'
import type { RequestRecord } from '../run/request-record.ts'
import { scenarioSchema } from '../scenario/scenario.ts'
import { checkTarget, type TargetOptions } from '../target/open-target.ts'
import { type ErrorQuantiles, errorQuantiles } from './error-quantiles.ts'

/** The known timing of the server, which is the same for every answer whatever the load. */
export interface FixedTiming {
  /** From a request to its first token, milliseconds. */
  readonly ttftMs: number
  /** From token to token, milliseconds. */
  readonly itlMs: number
}

export interface CalibrateOptions {
  readonly target: TargetOptions
  readonly timing: FixedTiming
  /** Concurrent answers: each has a user of its own, who asks again when it has ended. */
  readonly streams: number
  /** `simultaneous`: in each round all users begin together; `spread`: evenly over the duration of an answer. */
  readonly starts: 'simultaneous' | 'spread'
  readonly answerTokens: number
  /** How often each user asks after the warm-up. */
  readonly rounds: number
  readonly signal?: AbortSignal
}

/** In these rounds load tester and server open their connections and compile their code. */
const WARM_UP_ROUNDS = 3

/** The errors of what was measured, against the known timing. */
export interface Calibration {
  readonly streams: number
  readonly starts: CalibrateOptions['starts']
  /** Tokens per second that this timing gives if there are no pauses between answers. */
  readonly offeredTokensPerSecond: number
  readonly requests: number
  readonly failed: number
  /** Measured TTFT minus the server's own TTFT of that answer, or minus the known one; milliseconds. */
  readonly ttftErrorMs: ErrorQuantiles
  /**
   * The server's own TTFT of each answer (the API's timings, or vLLM's per-request metrics) minus the known
   * one; milliseconds. `null`: the server reports none.
   */
  readonly serverAddedMs: ErrorQuantiles | null
  /** (last − first) / (tokens − 1) minus the known time between tokens. */
  readonly interTokenErrorMs: ErrorQuantiles
  /** Single gaps minus the known time between tokens; a gap covers several tokens where they came together. */
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
  const prepared = {
    ...planLoad({ scenario, directory: '.' }, 1),
    target: await checkTarget(options.target),
  }
  const run = await runScenario(prepared, {
    ...omitUndefined({ signal }),
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

/** Server-side time to the first token in milliseconds, including the server's queue. */
function serverTtft({ apiTimings, engineTimings }: RequestRecord): number | null {
  if (apiTimings !== undefined) return apiTimings.ttftMs
  return engineTimings === undefined ? null : engineTimings.queueMs + engineTimings.ttftMs
}
