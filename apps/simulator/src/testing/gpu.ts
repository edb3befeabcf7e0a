import type { StepRecord } from '../engine/engine.ts'
import type { SlicePreset } from '../engine/preset.ts'

/** A slice with round figures: a quarter of its card, with 1,000,000 bytes and 8,000,000 FLOP per second. */
export const quarterSlice: SlicePreset = {
  name: 'test:2g.10gb',
  card: 'NVIDIA A800-SXM4-40GB',
  profile: '2g.10gb',
  memoryBytes: 10_000 * 2 ** 20,
  bandwidth: 1e6,
  flops: 8e6,
  whole: { bandwidth: 4e6, flops: 32e6, memoryBytes: 40_000 * 2 ** 20, idleWatts: 50, limitWatts: 400 },
}

/** A whole card, without MIG. */
export const uncutCard: SlicePreset = {
  ...quarterSlice,
  name: 'test',
  profile: undefined,
  memoryBytes: quarterSlice.whole.memoryBytes,
  bandwidth: quarterSlice.whole.bandwidth,
  flops: quarterSlice.whole.flops,
}

/** A step from `startMs` to `endMs`, in which the GPU works all the time unless `cost` says otherwise. */
export function gpuStep(
  startMs: number,
  endMs: number,
  cost: Partial<Pick<StepRecord, 'gpuMs' | 'readBytes' | 'writtenBytes' | 'flops'>> = {},
): StepRecord {
  return {
    startMs,
    endMs,
    work: { sequences: 1, prefillTokens: 0, decodeTokens: 1, contextTokens: 1, attentionPairs: 1 },
    producedTokens: 1,
    completedPromptTokens: 0,
    gpuMs: endMs - startMs,
    readBytes: 0,
    writtenBytes: 0,
    flops: 0,
    ...cost,
  }
}
