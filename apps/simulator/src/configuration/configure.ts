import { BadConfiguration } from './bad-configuration.ts'
import type { Preset } from '../engine/preset.ts'
import { batchLimits } from '../presets/batch-limits.ts'
import { fitProblem, measuredProblem } from '../presets/fit-problem.ts'
import { memoryFit } from '../presets/memory.ts'
import type { SimulatorOptions } from './options.ts'
import { choosePreset } from './preset-choice.ts'

/**
 * Most blocks of a KV cache: 268 million tokens, more than any device holds. The simulator needs half a gigabyte for
 * them.
 */
const MAX_BLOCKS = 2 ** 24

const MODEL_PREFIX = 'sim/'

/** A model id that begins with `sim/`, which marks a simulated model. */
const simulatedName = (name: string) => (name.startsWith(MODEL_PREFIX) ? name : MODEL_PREFIX + name)

/** The options, with a value for everything that they leave open. */
export interface Configuration extends SimulatorOptions {
  readonly servedModelName: string
  readonly maxModelLen: number
  readonly maxNumBatchedTokens: number
  /** Most sequences at once; with fixed timing `Infinity` unless set. */
  readonly maxNumSeqs: number
  readonly preset: Preset
  /** Size of the KV cache in blocks of 16 tokens. */
  readonly kvBlocks: number
}

/** Decides everything that the options leave open. @throws BadConfiguration with all problems */
export function configure(options: SimulatorOptions): Configuration {
  const problems: string[] = []
  const { preset, measuredBlocks } = choosePreset(options, problems)
  const { model } = preset
  const maxModelLen = options.maxModelLen ?? model.maxModelLen
  const fixedTiming = options.ttftMs !== undefined && options.itlMs !== undefined
  if (maxModelLen > model.maxModelLen && !fixedTiming)
    problems.push(`--max-model-len: ${maxModelLen} is more than the ${model.maxModelLen} of ${model.name}`)
  const batch = batchLimits(options, preset.slice, maxModelLen)
  if (batch.maxNumBatchedTokens < batch.maxNumSeqs)
    problems.push(
      `--max-num-batched-tokens: ${batch.maxNumBatchedTokens} is less than --max-num-seqs, ${batch.maxNumSeqs}`,
    )
  if (options.port === options.dcgmPort && options.port !== 0)
    problems.push(`--port, --dcgm-port: both are ${options.port}`)
  const limits = { ...batch, gpuMemoryUtilization: options.gpuMemoryUtilization }
  // Whether the model fits can only be checked if the options are valid.
  if (problems.length === 0) {
    // With fixed timing nothing is computed, so no request has to fit. But the KV cache must have a size.
    const longest = fixedTiming ? 1 : maxModelLen
    const problem =
      measuredBlocks === undefined
        ? fitProblem(preset, limits, longest)
        : measuredProblem(measuredBlocks, longest)
    if (problem !== undefined) problems.push(problem)
  }
  const kvBlocks = measuredBlocks ?? memoryFit(preset, limits).blocks
  if (kvBlocks > MAX_BLOCKS)
    problems.push(`the KV cache would have ${kvBlocks} blocks; the simulator holds ${MAX_BLOCKS}`)
  if (problems.length > 0) throw new BadConfiguration(problems)
  return {
    ...options,
    ...batch,
    servedModelName: simulatedName(options.servedModelName ?? model.name),
    maxModelLen,
    maxNumSeqs: fixedTiming ? (options.maxNumSeqs ?? Infinity) : batch.maxNumSeqs,
    preset,
    kvBlocks,
  }
}
