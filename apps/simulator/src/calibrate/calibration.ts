import { ASSUMED_EFFICIENCY } from '../presets/models.ts'
import type { Efficiency, ModelPreset, Preset, SlicePreset } from '../engine/preset.ts'
import { fitRoofline, type Fit } from './fit.ts'
import type { Observation } from './observation.ts'

/** A preset that was fitted to a server, with notes on the fit. */
export interface Calibration {
  readonly preset: Preset
  readonly fit: Fit
  /** Sentences that say what was assumed, what is uncertain and which peak is wrong. */
  readonly notes: readonly string[]
}

/** How much worse the fit held to the peaks may be before the peaks are dropped: a tenth plus half a percentage point. */
const SLACK = { factor: 1.1, rms: 0.005 }
/** Standard errors by which a rate must exceed its peak before the peak is dropped. */
const CERTAIN_ERRORS = 3
/** Share of a value above which its standard error makes it uncertain. */
const UNCERTAIN = 0.5

/** Turns measured steps into efficiencies, which are shares of the slice's peaks. */
export function calibrationOf(
  slice: SlicePreset,
  model: ModelPreset,
  observations: readonly Observation[],
): Calibration {
  const notes: string[] = []
  const minMs = { byte: 1000 / slice.bandwidth, flop: 1000 / slice.flops }
  const unbounded = fitRoofline(slice, model, observations)
  const bounded = fitRoofline(slice, model, observations, minMs)
  // Where weights outweigh contexts, the overhead of a step and the time of its bytes look alike. Only the peaks tell
  // them apart.
  const exceedsPeak = isBeyond(unbounded.msPerByte, minMs.byte) || isBeyond(unbounded.msPerFlop, minMs.flop)
  const fit = exceedsPeak && bounded.rms > unbounded.rms * SLACK.factor + SLACK.rms ? unbounded : bounded
  if (fit === unbounded)
    notes.push(
      `The nominal peaks of ${slice.name} are too low: the server does more. Held to them, the fit has an RMS of ` +
        `${percent(bounded.rms)} instead of ${percent(unbounded.rms)}.`,
    )
  else if (bounded.msPerByte.value === minMs.byte || bounded.msPerFlop.value === minMs.flop)
    notes.push(
      `Held to the nominal peaks the fit reaches one (RMS ${percent(bounded.rms)}; free of them ${percent(unbounded.rms)}): what ` +
        'is overhead and what is work is then told apart by the peak, not by the data.',
    )
  const bandwidth = efficiencyOf('bandwidth', fit, slice, notes)
  const flops = efficiencyOf('flops', fit, slice, notes)
  for (const [name, { value, error }] of [
    ['step overhead', fit.stepOverheadMs],
    ['sequence overhead', fit.sequenceOverheadMs],
  ] as const)
    if (error === Infinity) notes.push(`The ${name} is not determined by what was measured; 0 was assumed.`)
    else if (error > UNCERTAIN * value && value > 0)
      notes.push(`The ${name} is uncertain: ${value.toPrecision(2)} ± ${error.toPrecision(2)} ms.`)
  const efficiency: Efficiency = {
    bandwidth: Math.min(1, bandwidth),
    flops: Math.min(1, flops),
    stepOverheadMs: fit.stepOverheadMs.value,
    sequenceOverheadMs: fit.sequenceOverheadMs.value,
  }
  return {
    preset: { slice: withReachedPeaks(slice, bandwidth, flops, notes), model, efficiency },
    fit,
    notes,
  }
}

/** Whether a rate is certainly above its peak. A fitted time of 0 does not count: it was mistaken for overhead. */
const isBeyond = ({ value, error }: Fit['msPerByte'], minMs: number) =>
  value > 0 && value + CERTAIN_ERRORS * error < minMs

const isDetermined = ({ error }: Fit['msPerByte']) => error !== Infinity

function efficiencyOf(kind: 'bandwidth' | 'flops', fit: Fit, slice: SlicePreset, notes: string[]): number {
  const [own, other] = kind === 'bandwidth' ? [fit.msPerByte, fit.msPerFlop] : [fit.msPerFlop, fit.msPerByte]
  const reached = 1000 / own.value / slice[kind]
  if (isDetermined(own)) {
    if (own.error > UNCERTAIN * own.value)
      notes.push(
        `The efficiency of ${kind} is uncertain: ${percent(reached)}, standard error ${percent(own.error / own.value)} of it.`,
      )
    return reached
  }
  // The lowest rate at which no measured step would have been bound by this resource, so that the fit stays valid.
  const least = Math.max(
    ...fit.points.map(({ intensity }) => (kind === 'bandwidth' ? 1 / intensity : intensity) / other.value),
  )
  const assumed =
    other.value > 0
      ? Math.max(ASSUMED_EFFICIENCY[kind], (1000 * least) / slice[kind])
      : ASSUMED_EFFICIENCY[kind]
  const by = kind === 'bandwidth' ? 'memory' : 'compute'
  notes.push(
    `No measured step is bound by ${by}, so the efficiency of ${kind} is not determined; ${percent(assumed)} was assumed.`,
  )
  return assumed
}

/** Raises a peak to the rate that was reached, with a note, because a preset cannot hold an efficiency above 1. */
function withReachedPeaks(
  slice: SlicePreset,
  bandwidth: number,
  flops: number,
  notes: string[],
): SlicePreset {
  if (bandwidth <= 1 && flops <= 1) return slice
  const reached = {
    bandwidth: slice.bandwidth * Math.max(1, bandwidth),
    flops: slice.flops * Math.max(1, flops),
  }
  const raised = [
    ...(bandwidth > 1 ? [`bandwidth ${(reached.bandwidth / 1e9).toPrecision(3)} GB/s`] : []),
    ...(flops > 1 ? [`${(reached.flops / 1e12).toPrecision(3)} TFLOP/s`] : []),
  ]
  notes.push(`The preset has as its peak what was reached: ${raised.join(', ')}.`)
  const whole = {
    ...slice.whole,
    bandwidth: Math.max(slice.whole.bandwidth, reached.bandwidth),
    flops: Math.max(slice.whole.flops, reached.flops),
  }
  return { ...slice, ...reached, whole }
}

export const percent = (share: number) => `${(100 * share).toPrecision(3)}%`
