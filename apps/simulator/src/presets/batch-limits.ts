import type { SimulatorOptions } from '../options.ts'
import type { SlicePreset } from './preset.ts'

const GIB = 2 ** 30

/** What a step may hold; vLLM 0.32's defaults for a server, which go by the memory of the device and its name. */
export function batchLimits(
  options: Pick<SimulatorOptions, 'maxNumSeqs' | 'maxNumBatchedTokens'>,
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
