import { rooflineOf } from '../engine/cost.ts'
import type { Preset } from './preset.ts'

/** Context that a sequence has in these figures: a chat of some turns. */
export const TYPICAL_CONTEXT = 500
export const TYPICAL_BATCH = 32
export const TYPICAL_PROMPT = 1000

/** What a preset does, in the figures that people compare. */
export interface Speed {
  /** Milliseconds from token to token of a sequence that runs alone. */
  readonly aloneMs: number
  /** Tokens/s of 32 sequences together. */
  readonly batchRate: number
  /** Milliseconds until a prompt of 1,000 tokens is computed. */
  readonly prefillMs: number
}

export function speedOf(preset: Preset): Speed {
  const cost = rooflineOf(preset)
  const decode = (sequences: number) =>
    cost({
      sequences,
      prefillTokens: 0,
      decodeTokens: sequences,
      contextTokens: sequences * TYPICAL_CONTEXT,
      attentionPairs: sequences * TYPICAL_CONTEXT,
    }).ms
  const prefill = cost({
    sequences: 1,
    prefillTokens: TYPICAL_PROMPT,
    decodeTokens: 0,
    contextTokens: TYPICAL_PROMPT,
    attentionPairs: (TYPICAL_PROMPT * (TYPICAL_PROMPT + 1)) / 2,
  })
  return {
    aloneMs: decode(1),
    batchRate: (1000 * TYPICAL_BATCH) / decode(TYPICAL_BATCH),
    prefillMs: prefill.ms,
  }
}
