import { rooflineOf } from '../engine/cost.ts'
import { simulate } from '../engine/simulate.ts'
import { BLOCK_TOKENS } from '../presets/memory.ts'
import type { Preset } from '../engine/preset.ts'
import type { CheckSample } from './measure.ts'
import { median } from './observation.ts'

/** One quantity of a batch that the fit has not seen, measured and simulated. */
export interface Check {
  readonly name: string
  readonly quantity: 'inter-token latency, ms' | 'tokens/s, all' | 'TTFT, median, ms' | 'TTFT, longest, ms'
  readonly measured: number
  readonly predicted: number
}

interface Limits {
  readonly maxNumBatchedTokens: number
  /** Tokens that the KV cache holds; undefined means enough. */
  readonly cacheTokens: number | undefined
  /** Time that a request takes before it reaches the engine, in milliseconds; 0 if unknown. */
  readonly requestMs: number
}

/** Compares the simulated batch with the medians over the repeats of the real one. */
export function checksOf(samples: readonly CheckSample[], preset: Preset, limits: Limits): Check[] {
  return [...Map.groupBy(samples, ({ name }) => name)].flatMap(([name, repeats]) => {
    const measured = (value: (sample: CheckSample) => number) => median(repeats.map(value))
    const predicted = repeats.map((sample) => predict(sample, preset, limits))
    const simulated = (value: (sample: Pick<CheckSample, 'stepMs' | 'ttftMs'>) => number) =>
      median(predicted.map(value))
    const batch = repeats[0]?.promptTokens.length ?? 0
    return [
      row(name, 'inter-token latency, ms', measured, simulated, ({ stepMs }) => stepMs),
      row(name, 'tokens/s, all', measured, simulated, ({ stepMs }) => (1000 * batch) / stepMs),
      row(name, 'TTFT, median, ms', measured, simulated, ({ ttftMs }) => median(ttftMs)),
      row(name, 'TTFT, longest, ms', measured, simulated, ({ ttftMs }) => Math.max(...ttftMs)),
    ]
  })
}

type BatchTimes = Pick<CheckSample, 'stepMs' | 'ttftMs'>
type MedianOf = (value: (sample: BatchTimes) => number) => number

const row = (
  name: string,
  quantity: Check['quantity'],
  measured: MedianOf,
  predicted: MedianOf,
  value: (sample: BatchTimes) => number,
): Check => ({ name, quantity, measured: measured(value), predicted: predicted(value) })

/**
 * Runs the batch in the simulator's engine.
 * @returns the step time of its plateau, and each request's time to first token
 */
function predict(sample: CheckSample, preset: Preset, limits: Limits): BatchTimes {
  const { promptTokens, outputTokens } = sample
  // Requests never arrive at exactly one moment: the first starts a step at once, and the others join the next step.
  const trace = promptTokens.map((tokens, at) => ({
    arrivalMs: at * 1e-3,
    promptTokens: tokens,
    outputTokens,
  }))
  const needed = promptTokens.reduce((sum, tokens) => sum + tokens + outputTokens + BLOCK_TOKENS, 0)
  const fullBatchMs: number[] = []
  const { requests } = simulate(
    trace,
    {
      maxNumSeqs: promptTokens.length,
      maxNumBatchedTokens: limits.maxNumBatchedTokens,
      blocks: Math.floor((limits.cacheTokens ?? needed) / BLOCK_TOKENS),
      blockTokens: BLOCK_TOKENS,
      prefixCaching: false,
      cost: rooflineOf(preset),
    },
    ({ work, startMs, endMs }) => {
      if (work.decodeTokens === promptTokens.length) fullBatchMs.push(endMs - startMs)
    },
  )
  const ttftMs = requests.map(
    (request) => (request.firstTokenMs ?? NaN) - request.arrivalMs + limits.requestMs,
  )
  return { stepMs: median(fullBatchMs), ttftMs }
}
