import { rooflineOf } from '../engine/cost.ts'
import { simulate } from '../engine/simulate.ts'
import { BLOCK_TOKENS } from '../presets/memory.ts'
import type { Preset } from '../presets/preset.ts'
import type { CheckSample } from './measure.ts'
import { median } from './observation.ts'

/** What a batch that the fit has not seen did, and what the simulator says it would do. */
export interface Check {
  readonly name: string
  readonly quantity: 'inter-token latency, ms' | 'tokens/s, all' | 'TTFT, median, ms' | 'TTFT, longest, ms'
  readonly measured: number
  readonly predicted: number
}

interface Limits {
  readonly maxNumBatchedTokens: number
  /** Tokens of KV cache; undefined: enough. */
  readonly cacheTokens: number | undefined
  /** What precedes the engine, milliseconds, as far as it is known. */
  readonly requestMs: number
}

/** Sets the simulated batch beside the medians of the repeats of the real one. */
export function checksOf(samples: readonly CheckSample[], preset: Preset, limits: Limits): Check[] {
  return [...Map.groupBy(samples, ({ name }) => name)].flatMap(([name, repeats]) => {
    const of = (value: (sample: CheckSample) => number) => median(repeats.map(value))
    const predicted = repeats.map((sample) => predict(sample, preset, limits))
    const foretold = (value: (sample: Pick<CheckSample, 'stepMs' | 'ttftMs'>) => number) =>
      median(predicted.map(value))
    const batch = repeats[0]?.promptTokens.length ?? 0
    return [
      row(name, 'inter-token latency, ms', of, foretold, ({ stepMs }) => stepMs),
      row(name, 'tokens/s, all', of, foretold, ({ stepMs }) => (1000 * batch) / stepMs),
      row(name, 'TTFT, median, ms', of, foretold, ({ ttftMs }) => median(ttftMs)),
      row(name, 'TTFT, longest, ms', of, foretold, ({ ttftMs }) => Math.max(...ttftMs)),
    ]
  })
}

type Timed = Pick<CheckSample, 'stepMs' | 'ttftMs'>
type Over = (value: (sample: Timed) => number) => number

const row = (
  name: string,
  quantity: Check['quantity'],
  measured: Over,
  predicted: Over,
  value: (sample: Timed) => number,
): Check => ({ name, quantity, measured: measured(value), predicted: predicted(value) })

/** The batch in the simulator's engine: its plateau, and each request's time to the first token. */
function predict(sample: CheckSample, preset: Preset, limits: Limits): Timed {
  const { promptTokens, outputTokens } = sample
  // Requests never come at one moment: the first is begun at once, and the others are there when that step ends.
  const trace = promptTokens.map((tokens, at) => ({
    arrivalMs: at * 1e-3,
    promptTokens: tokens,
    outputTokens,
  }))
  const needed = promptTokens.reduce((sum, tokens) => sum + tokens + outputTokens + BLOCK_TOKENS, 0)
  const together: number[] = []
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
      if (work.decodeTokens === promptTokens.length) together.push(endMs - startMs)
    },
  )
  const ttftMs = requests.map(
    (request) => (request.firstTokenMs ?? NaN) - request.arrivalMs + limits.requestMs,
  )
  return { stepMs: median(together), ttftMs }
}
