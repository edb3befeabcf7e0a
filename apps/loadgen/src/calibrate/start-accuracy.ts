import { LatencyHistogram } from '@slicechat/report'
import { runScenario } from '../run/run-scenario.ts'
import { scenarioSchema } from '../scenario/scenario.ts'
import type { TargetOptions } from '../target/open-target.ts'

/** From intended to actual start, milliseconds. */
export interface StartAccuracy {
  readonly requests: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** How punctual starts are when they are meant to be evenly spaced, `rate` a second, short answers coming in meanwhile. */
export async function startAccuracy(options: {
  readonly target: TargetOptions
  readonly rate: number
  readonly seconds: number
  readonly signal?: AbortSignal
}): Promise<StartAccuracy> {
  const { target, rate, seconds, signal } = options
  const scenario = scenarioSchema.parse({
    name: 'start-accuracy',
    executor: { type: 'constant-arrival-rate', rate, duration: seconds + 1, maxUsers: rate * 10 },
    arrivals: { process: 'constant' },
    conversation: { prompt: 20, answer: 20, exactAnswers: true, temperature: 0 },
    warmUp: 1,
  })
  const run = await runScenario({
    ...{ scenario, directory: '.', seed: 1, target },
    ...(signal === undefined ? {} : { signal }),
  })
  const delays = LatencyHistogram.decode(run.steadyTally.latencies.startDelay)
  const at = (q: number): number => delays.quantile(q) ?? Number.NaN
  return { requests: delays.count, p50: at(0.5), p99: at(0.99), max: at(1) }
}
