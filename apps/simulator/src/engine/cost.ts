import type { Preset } from '../presets/preset.ts'
import type { StepWork } from './engine.ts'

/** What a step takes: times in milliseconds. */
export interface StepCost {
  /** The whole step. */
  readonly ms: number
  /** The part of it in which the GPU works. */
  readonly gpuMs: number
  readonly readBytes: number
  readonly writtenBytes: number
  readonly flops: number
}

/** Bytes of keys and values that one token of context takes. */
export function kvBytesPerToken({ layers, kvHeads, headSize, bytesPerNumber }: Preset['model']): number {
  return 2 * layers * kvHeads * headSize * bytesPerNumber
}

/**
 * The roofline: a step takes as long as its bytes need at the bandwidth that is reached, or as its operations need at
 * the rate that is reached, whichever is longer, and the host's overhead on top. Bytes are the weights once and the
 * keys and values of every context; operations are two for each parameter and token, and attention's.
 */
export function rooflineOf({ slice, model, efficiency }: Preset): (work: StepWork) => StepCost {
  const weightBytes = model.parameters * model.bytesPerNumber
  const tokenBytes = kvBytesPerToken(model)
  const tokenFlops = 2 * model.parameters
  const pairFlops = 4 * model.layers * model.heads * model.headSize
  const bytesPerMs = (slice.bandwidth * efficiency.bandwidth) / 1000
  const flopsPerMs = (slice.flops * efficiency.flops) / 1000
  return (work) => {
    const tokens = work.prefillTokens + work.decodeTokens
    const readBytes = weightBytes + tokenBytes * work.contextTokens
    const writtenBytes = tokenBytes * tokens
    const flops = tokenFlops * tokens + pairFlops * work.attentionPairs
    const gpuMs = Math.max((readBytes + writtenBytes) / bytesPerMs, flops / flopsPerMs)
    const ms = gpuMs + efficiency.stepOverheadMs + efficiency.sequenceOverheadMs * work.sequences
    return { ms, gpuMs, readBytes, writtenBytes, flops }
  }
}
