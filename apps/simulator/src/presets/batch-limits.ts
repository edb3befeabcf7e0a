import type { SlicePreset } from '../engine/preset.ts'

const GIB = 2 ** 30

/** Limits of a step. The defaults are those of a vLLM 0.32 server, which depend on the device's memory and name. */
export function batchLimits(
  options: {
    readonly maxNumSeqs: number | undefined
    readonly maxNumBatchedTokens: number | undefined
  },
  { memoryBytes, card }: SlicePreset,
  maxModelLen: number,
): { maxNumSeqs: number; maxNumBatchedTokens: number } {
  const [tokens, seqs] =
    memoryBytes >= 160 * GIB
      ? [16_384, 1024]
      : memoryBytes >= 70 * GIB && !card.toLowerCase().includes('a100')
        ? [8192, 1024]
        : [2048, 256]
  const maxNumBatchedTokens =
    options.maxNumBatchedTokens ?? Math.min(tokens, (options.maxNumSeqs ?? seqs) * maxModelLen)
  return { maxNumBatchedTokens, maxNumSeqs: options.maxNumSeqs ?? Math.min(seqs, maxNumBatchedTokens) }
}
