import type { Clock } from '../clock.ts'
import type { StepRecord } from '../engine/engine.ts'
import type { SlicePreset } from '../engine/preset.ts'
import { Activity, type Work } from './activity.ts'
import { Temperature, cardUtilization, wattsOf, type Utilization } from './card.ts'

/** The measurements of DCGM over one interval. */
export interface Sample {
  readonly slice: Utilization
  readonly card: Utilization
  /** Mean power draw of the whole card. */
  readonly watts: number
  /** Energy drawn by the whole card since it booted, in whole millijoules; it never falls. */
  readonly energyMj: number
  readonly gpuCelsius: number
  readonly memoryCelsius: number
}

/** Delay from the end of an interval to the publication of its sample. */
const LAG_MS = 300

interface SamplerOptions {
  readonly slice: SlicePreset
  readonly clock: Clock
  readonly intervalMs: number
  /** Energy that the card drew before the process started, in millijoules. */
  readonly bootEnergyMj: number
}

/**
 * Takes a sample every `intervalMs` from the start on. It needs no timer: a sample is computed when the first step or
 * reader after its time comes. It covers the interval that ended `LAG_MS` before that time. Energy is summed over all
 * samples.
 */
export class Sampler {
  readonly #options: SamplerOptions
  readonly #startMs: number
  readonly #activity: Activity
  readonly #temperature: Temperature
  #published = 0
  #energyMj: number
  #sample: Sample

  constructor(options: SamplerOptions) {
    const { slice, clock, intervalMs, bootEnergyMj } = options
    this.#options = options
    this.#startMs = clock.now()
    this.#activity = new Activity(this.#startMs - LAG_MS, intervalMs, slice)
    this.#temperature = new Temperature(slice.whole.idleWatts)
    this.#energyMj = bootEnergyMj
    this.#sample = this.#measure(this.#activity.take(0), 0)
  }

  step(record: StepRecord): void {
    this.#activity.add(record)
    this.#catchUp()
  }

  /** The sample that a scrape sees now. */
  read(): Sample {
    this.#catchUp()
    return this.#sample
  }

  #catchUp(): void {
    const { clock, intervalMs } = this.#options
    const due = Math.floor((clock.now() - this.#startMs) / intervalMs)
    while (this.#published < due)
      this.#sample = this.#measure(this.#activity.take(++this.#published), intervalMs)
  }

  #measure({ gpuMs, bytes, flops }: Work, ms: number): Sample {
    const { slice: preset, intervalMs } = this.#options
    const seconds = intervalMs / 1000
    const slice = {
      engine: gpuMs / intervalMs,
      dram: bytes / (preset.bandwidth * seconds),
      tensor: flops / (preset.flops * seconds),
    }
    const card = cardUtilization(preset, slice)
    const watts = wattsOf(preset, card)
    this.#temperature.draw(watts, ms)
    this.#energyMj += watts * ms
    const { gpuCelsius, memoryCelsius } = this.#temperature
    return { slice, card, watts, energyMj: Math.floor(this.#energyMj), gpuCelsius, memoryCelsius }
  }
}
