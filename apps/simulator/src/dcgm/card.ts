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
 * that decoding, which mostly reads, takes about half of the span.
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

/** Clocks in MHz, of a card that rests and of one that works. Those of HBM never change. */
export interface Clocks {
  readonly sm: number
  readonly memory: number
}

interface ClocksOfCard {
  readonly resting: Clocks
  readonly working: Clocks
}

const hbm = (restingSm: number, workingSm: number, memory: number): ClocksOfCard => ({
  resting: { sm: restingSm, memory },
  working: { sm: workingSm, memory },
})
const A100 = hbm(210, 1410, 1215)

const CLOCKS: readonly (readonly [RegExp, ClocksOfCard])[] = [
  [/L40S/, { resting: { sm: 210, memory: 405 }, working: { sm: 2520, memory: 9001 } }],
  [/H[128]00/, hbm(345, 1980, 2619)],
  [/A[18]00.*80GB/, hbm(210, 1410, 1593)],
]
/** An engine active for less than this share of a sample leaves the clocks where they rest. */
const WORKING = 0.001

/** The clocks of a card by the name that DCGM shows, an A100's if it is unknown. */
export function clocksOf(card: string, { engine }: Busyness): Clocks {
  const clocks = CLOCKS.find(([name]) => name.test(card))?.[1] ?? A100
  return engine < WORKING ? clocks.resting : clocks.working
}
