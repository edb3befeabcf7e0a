/** The speed and the memory of a MIG slice or a whole card. */
export interface SlicePreset {
  /** Name for users, such as `a800-40gb:2g.10gb`; the name of a whole card has no profile. */
  readonly name: string
  /** The model name that DCGM shows, such as `NVIDIA A800-SXM4-40GB`. */
  readonly card: string
  /** The MIG profile, such as `2g.10gb`; `undefined` for a whole card. */
  readonly profile: string | undefined
  /** Memory of the slice as the driver reports it, bytes. */
  readonly memoryBytes: number
  /** Peak memory bandwidth of the slice, bytes/s. */
  readonly bandwidth: number
  /** Peak dense bf16 rate of the slice, FLOP/s. */
  readonly flops: number
  /** The whole card: bandwidth in bytes/s, FLOP/s, memory in bytes, power in watts when idle and at its limit. */
  readonly whole: {
    readonly bandwidth: number
    readonly flops: number
    readonly memoryBytes: number
    readonly idleWatts: number
    readonly limitWatts: number
  }
}

/** A dense transformer with grouped-query attention. */
export interface ModelPreset {
  /** Name for users, such as `qwen2.5-3b-instruct`. */
  readonly name: string
  readonly parameters: number
  /** Bytes of a parameter and of a number in the KV cache; 2 for bf16. */
  readonly bytesPerNumber: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  readonly headSize: number
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly vocabulary: number
  /** Largest context that the model was made for, in tokens. */
  readonly maxModelLen: number
}

/** Shares of the peaks that a real engine reaches, and the host's time per step. Calibration fits these four. */
export interface Efficiency {
  /** Share of the slice's bandwidth, above 0 and at most 1. */
  readonly bandwidth: number
  /** Share of the slice's FLOP/s, above 0 and at most 1. */
  readonly flops: number
  /** Host time per step, in milliseconds. */
  readonly stepOverheadMs: number
  /** Host time per sequence of a step, in milliseconds. */
  readonly sequenceOverheadMs: number
}

/** Everything that determines the speed of a simulated server. */
export interface Preset {
  readonly slice: SlicePreset
  readonly model: ModelPreset
  readonly efficiency: Efficiency
}
