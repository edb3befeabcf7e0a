import type { SlicePreset } from '../engine/preset.ts'

/** Utilisation of a slice or a card over some time, as shares of its own peaks, 0 to 1. */
export interface Utilization {
  /** Share of the time in which a kernel ran. */
  readonly engine: number
  /** Share of the memory bandwidth. */
  readonly dram: number
  /** Share of the tensor cores' rate. */
  readonly tensor: number
}

/** Converts the utilisation of a slice to that of its whole card, whose other slices are idle. */
export function cardUtilization({ flops, bandwidth, whole }: SlicePreset, slice: Utilization): Utilization {
  const compute = flops / whole.flops
  return {
    engine: slice.engine * compute,
    dram: slice.dram * (bandwidth / whole.bandwidth),
    tensor: slice.tensor * compute,
  }
}

/**
 * Power draw of a card in watts, between idle and limit by a weighted sum of its utilisation. The weights are chosen so
 * that an A100 draws its full 400 W at the activity at which a recorded one did (engine 1.00, DRAM 0.69, tensor 0.93),
 * and that decoding, which mostly reads, takes about half of the range.
 */
export function wattsOf({ whole }: SlicePreset, { engine, dram, tensor }: Utilization): number {
  const load = Math.min(1, 0.25 * engine + 0.35 * dram + 0.6 * tensor)
  return whole.idleWatts + (whole.limitWatts - whole.idleWatts) * load
}

/**
 * Temperature of the inlet air, and the settled rise of chip and memory per watt; an A100 at 410 W shows 61 and 69
 * °C.
 */
const AIR_CELSIUS = 28
const GPU_CELSIUS_PER_WATT = 0.08
const MEMORY_CELSIUS_PER_WATT = 0.1
/** Time constant of the temperature: the time in which it covers 63% of the way to its settled value. */
const TIME_CONSTANT_MS = 30_000

/** Temperature of a card, which follows its power draw with a first-order delay. */
export class Temperature {
  #watts: number

  /** @param watts the power draw before, for long enough that the temperature has settled */
  constructor(watts: number) {
    this.#watts = watts
  }

  /** The card draws `watts` for `ms`. */
  draw(watts: number, ms: number): void {
    this.#watts += (watts - this.#watts) * -Math.expm1(-ms / TIME_CONSTANT_MS)
  }

  get gpuCelsius(): number {
    return AIR_CELSIUS + this.#watts * GPU_CELSIUS_PER_WATT
  }

  get memoryCelsius(): number {
    return AIR_CELSIUS + this.#watts * MEMORY_CELSIUS_PER_WATT
  }
}

/** Clocks of a card in MHz. The memory clock of HBM never changes. */
export interface Clocks {
  readonly sm: number
  readonly memory: number
}

interface ClocksOfCard {
  readonly idle: Clocks
  readonly active: Clocks
}

const hbm = (idleSm: number, activeSm: number, memory: number): ClocksOfCard => ({
  idle: { sm: idleSm, memory },
  active: { sm: activeSm, memory },
})
const a100Clocks = hbm(210, 1410, 1215)

const CLOCKS_BY_CARD: readonly (readonly [RegExp, ClocksOfCard])[] = [
  [/L40S/, { idle: { sm: 210, memory: 405 }, active: { sm: 2520, memory: 9001 } }],
  [/H[128]00/, hbm(345, 1980, 2619)],
  [/A[18]00.*80GB/, hbm(210, 1410, 1593)],
]
/** Share of engine activity in a sample below which the clocks are the idle ones. */
const ACTIVE_SHARE = 0.001

/** The clocks of a card, by the name that DCGM shows; those of an A100 if the name is unknown. */
export function clocksOf(card: string, { engine }: Utilization): Clocks {
  const clocks = CLOCKS_BY_CARD.find(([name]) => name.test(card))?.[1] ?? a100Clocks
  return engine < ACTIVE_SHARE ? clocks.idle : clocks.active
}
