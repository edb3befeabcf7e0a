import { rooflineOf } from '../engine/cost.ts'
import { decodeWork, prefillWork } from '../engine/step-work.ts'
import type { Efficiency, Preset } from '../engine/preset.ts'
import type { Observation } from '../calibrate/observation.ts'

/** Round figures, similar to those of a 3B model on a small slice. */
export const { slice, model }: Omit<Preset, 'efficiency'> = {
  slice: {
    name: 'a',
    card: 'A',
    profile: undefined,
    memoryBytes: 10e9,
    bandwidth: 400e9,
    flops: 90e12,
    whole: { bandwidth: 400e9, flops: 90e12, memoryBytes: 10e9, idleWatts: 50, limitWatts: 400 },
  },
  model: {
    name: 'm',
    parameters: 3e9,
    bytesPerNumber: 2,
    layers: 36,
    heads: 16,
    kvHeads: 2,
    headSize: 128,
    hiddenSize: 2048,
    intermediateSize: 11_008,
    vocabulary: 151_936,
    maxModelLen: 32_768,
  },
}

/** Single prompts, and decoding batches with several contexts. */
const works = [
  ...[64, 128, 512, 1024, 2048].map((tokens) => ({ name: `prefill ${tokens}`, work: prefillWork(tokens) })),
  ...[1, 8, 32].flatMap((batch) =>
    [100, 1000, 4000].map((context) => ({
      name: `decode ${batch} × ${context}`,
      work: decodeWork(Array.from({ length: batch }, () => context)),
    })),
  ),
]

/** The observations of a server with exactly these efficiencies, each time multiplied by `noise`. */
export const stepsOf = (
  efficiency: Efficiency,
  requestMs?: number,
  noise: (at: number) => number = () => 1,
) => {
  const cost = rooflineOf({ slice, model, efficiency })
  return works.map(({ name, work }, at): Observation => {
    const fromRequest = requestMs !== undefined && work.prefillTokens > 0
    const ms = (cost(work).ms + (fromRequest ? requestMs : 0)) * noise(at)
    return { name, work, ms, spread: 0, repeats: 1, fromRequest }
  })
}

/** Number of observations. */
export const STEPS = works.length
