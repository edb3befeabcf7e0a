import { BLOCK_TOKENS } from '../presets/memory.ts'
import { speedOf, TYPICAL_BATCH } from '../presets/speed.ts'
import type { Configuration } from './configure.ts'

/** The chosen preset and its speed, in one line. */
export function summaryOf({ preset, kvBlocks, ttftMs, itlMs }: Configuration): string {
  const { slice, model } = preset
  const cache = `KV cache of ${(kvBlocks * BLOCK_TOKENS).toLocaleString('en-US')} tokens`
  const { aloneMs, batchRate } = speedOf(preset)
  const speed =
    ttftMs === undefined || itlMs === undefined
      ? `${(1000 / aloneMs).toFixed(0)} tokens/s alone, ${batchRate.toFixed(0)} at ${TYPICAL_BATCH}`
      : `fixed timing: ${ttftMs} ms to the first token, ${itlMs} ms from token to token`
  return `${model.name} on ${slice.name}: ${cache}; ${speed}`
}
