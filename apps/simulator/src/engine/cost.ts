import type { Preset } from './preset.ts'
import type { StepWork } from './engine.ts'

/** The cost of a step; times are in milliseconds. */
export interface StepCost {
  /** Duration of the whole step. */
  readonly ms: number
  /** Time of the step in which the GPU works. */
  readonly gpuMs: number
  readonly readBytes: number
  readonly writtenBytes: number
  readonly flops: number
}

/** Bytes of keys and values per token of context. */
export function kvBytesPerToken({ layers, kvHeads, headSize, bytesPerNumber }: Preset['model']): number {
  return 2 * layers * kvHeads * headSize * bytesPerNumber
}

/**
 * The roofline model. A step takes as long as its bytes need at the reached bandwidth or its operations at the reached
 * rate, whichever is longer, plus the host's overhead. The bytes are the weights once, and the keys and values of every
 * context. The operations are two per parameter and token, and those of attention.
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
