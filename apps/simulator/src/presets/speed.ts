import { rooflineOf } from '../engine/cost.ts'
import { decodeWork, prefillWork } from '../engine/step-work.ts'
import type { Preset } from '../engine/preset.ts'

/** Context of a sequence in these figures, in tokens: a chat of some turns. */
export const TYPICAL_CONTEXT = 500
export const TYPICAL_BATCH = 32
export const TYPICAL_PROMPT = 1000

/** The speed of a preset, in figures that people compare. */
export interface Speed {
  /** Inter-token latency of a sequence that runs alone, in milliseconds. */
  readonly aloneMs: number
  /** Tokens/s of 32 sequences together. */
  readonly batchRate: number
  /** Time to compute a prompt of 1,000 tokens, in milliseconds. */
  readonly prefillMs: number
}

export function speedOf(preset: Preset): Speed {
  const cost = rooflineOf(preset)
  const decode = (sequences: number) =>
    cost(decodeWork(new Array<number>(sequences).fill(TYPICAL_CONTEXT))).ms
  return {
    aloneMs: decode(1),
    batchRate: (1000 * TYPICAL_BATCH) / decode(TYPICAL_BATCH),
    prefillMs: cost(prefillWork(TYPICAL_PROMPT)).ms,
  }
}
