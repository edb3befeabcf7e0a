import type { SlicePreset } from '../presets/preset.ts'

/** How busy a slice or a card was over some time: shares of its own peaks, 0 to 1. */
export interface Busyness {
  /** Of the time in which a kernel ran. */
  readonly engine: number
  /** Of the memory bandwidth. */
  readonly dram: number
  /** Of the tensor cores' rate. */
  readonly tensor: number
}

/** What a slice's work is to the card that it is cut from; the other slices are idle. */
export function ofWholeCard({ flops, bandwidth, whole }: SlicePreset, slice: Busyness): Busyness {
  const compute = flops / whole.flops
  return {
    engine: slice.engine * compute,
    dram: slice.dram * (bandwidth / whole.bandwidth),
    tensor: slice.tensor * compute,
  }
}

/**
 * Watts that a card draws. Between idle and limit by a weighted sum of how busy it is; the weights are such that an
 * A100 draws its full 400 W at the activity at which one was recorded to (engine 1.00, DRAM 0.69, tensor 0.93), and
 * that reading weights alone, as the decoding of few sequences does, takes a bit over half of the span.
 */
export function wattsOf({ whole }: SlicePreset, { engine, dram, tensor }: Busyness): number {
  const load = Math.min(1, 0.25 * engine + 0.35 * dram + 0.6 * tensor)
  return whole.idleWatts + (whole.limitWatts - whole.idleWatts) * load
}

/** Air at the inlet, and what a watt adds to chip and memory once they have settled; an A100 at 410 W shows 61 and 69. */
const AIR_CELSIUS = 28
const GPU_CELSIUS_PER_WATT = 0.08
const MEMORY_CELSIUS_PER_WATT = 0.1
/** Time in which a temperature covers 63% of the way to where it settles. */
const SETTLING_MS = 30_000

/** The heat of a card: watts that went through a first-order delay, so that temperature follows power. */
export class Heat {
  #watts: number

  /** A card that drew `watts` for long. */
  constructor(watts: number) {
    this.#watts = watts
  }

  /** `watts` were drawn for `ms`. */
  draw(watts: number, ms: number): void {
    this.#watts += (watts - this.#watts) * -Math.expm1(-ms / SETTLING_MS)
  }

  get gpuCelsius(): number {
    return AIR_CELSIUS + this.#watts * GPU_CELSIUS_PER_WATT
  }

  get memoryCelsius(): number {
    return AIR_CELSIUS + this.#watts * MEMORY_CELSIUS_PER_WATT
  }
}

/** Clocks in MHz: of the SMs when idle and at boost, and of the memory, which in HBM does not change. */
export interface Clocks {
  readonly idleSm: number
  readonly boostSm: number
  readonly memory: number
}

const A100_CLOCKS: Clocks = { idleSm: 210, boostSm: 1410, memory: 1215 }

const CLOCKS: readonly (readonly [RegExp, Clocks])[] = [
  [/H100|H200|H800/, { idleSm: 345, boostSm: 1980, memory: 2619 }],
  [/A[18]00.*80GB/, { idleSm: 210, boostSm: 1410, memory: 1593 }],
  [/A[18]00/, A100_CLOCKS],
]

/** The clocks of a card by the name that DCGM shows; of an unknown card an A100's. */
export const clocksOf = (card: string): Clocks => CLOCKS.find(([name]) => name.test(card))?.[1] ?? A100_CLOCKS
