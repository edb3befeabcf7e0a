import { rooflineOf } from '../engine/cost.ts'
import type { ModelPreset, SlicePreset } from '../engine/preset.ts'
import { boundedLeastSquares, type Column } from './least-squares.ts'
import type { Observation } from './observation.ts'

/** The measured and the fitted time of a step, in milliseconds. */
interface FittedPoint {
  readonly observation: Observation
  readonly fittedMs: number
  /** (fitted − measured) / measured. */
  readonly relativeError: number
  readonly bound: 'memory' | 'compute'
  /** Operations per byte. */
  readonly intensity: number
}

/** A parameter of the roofline with its standard error, which is Infinity if the data does not determine it. */
interface Parameter {
  readonly value: number
  readonly error: number
}

/** A fitted roofline, in absolute units instead of shares of a peak. */
export interface Fit {
  /** Milliseconds per byte. */
  readonly msPerByte: Parameter
  /** Milliseconds per floating-point operation. */
  readonly msPerFlop: Parameter
  readonly stepOverheadMs: Parameter
  readonly sequenceOverheadMs: Parameter
  /** Time before the engine in times that the client measured; undefined if there are none. */
  readonly requestMs: Parameter | undefined
  readonly points: readonly FittedPoint[]
  /** Root of the mean square of the relative errors. */
  readonly rms: number
}

/** A measured step, with the bytes that it moves and the operations that it computes. */
interface Row {
  readonly observation: Observation
  readonly bytes: number
  readonly flops: number
}

interface Candidate {
  readonly values: readonly number[]
  readonly errors: readonly number[]
  readonly squares: number
}

/**
 * Fits `ms = max(bytes · msPerByte, flops · msPerFlop) + step + sequences · sequence (+ request)` to measured steps so
 * that the sum of the squared relative errors is least. All values are at least 0. The ratio of the two rates alone
 * decides which steps are bound by memory. So the steps are sorted by operations per byte and every cut is tried, between
 * two steps and exactly through a step. The best cut is the global optimum, and the result is deterministic.
 *
 * @param minMs lower bounds of milliseconds per byte and per operation, from the peaks. Default 0.
 */
export function fitRoofline(
  slice: SlicePreset,
  model: ModelPreset,
  observations: readonly Observation[],
  minMs: { byte: number; flop: number } = { byte: 0, flop: 0 },
): Fit {
  const cost = rooflineOf({ slice, model, efficiency: PERFECT_EFFICIENCY })
  const rows = observations
    .map((observation) => {
      const { readBytes, writtenBytes, flops } = cost(observation.work)
      return { observation, bytes: readBytes + writtenBytes, flops }
    })
    .sort((a, b) => a.flops / a.bytes - b.flops / b.bytes)
  const fromRequest = rows.some((row) => row.observation.fromRequest)
  const overheads: Column[] = [
    weighted(rows, () => 1),
    weighted(rows, ({ observation }) => observation.work.sequences),
    ...(fromRequest ? [weighted(rows, ({ observation }) => (observation.fromRequest ? 1 : 0))] : []),
  ]
  const target = rows.map(() => 1)
  const candidates: Candidate[] = []
  const zeros = overheads.map(() => 0)
  for (let cut = 0; cut <= rows.length; cut++) {
    const bytes = weighted(rows, (row, at) => (at < cut ? row.bytes : 0))
    const flops = weighted(rows, (row, at) => (at < cut ? 0 : row.flops))
    const bounds = [minMs.byte, minMs.flop, ...zeros]
    const { values, errors } = boundedLeastSquares([bytes, flops, ...overheads], target, bounds)
    candidates.push({ values, errors, squares: squaresOf(rows, values) })
    const through = rows[cut]
    if (through === undefined) continue
    // The cut runs through this step: its bytes take as long as its operations.
    const ratio = through.bytes / through.flops
    const both = weighted(rows, (row) => Math.max(row.bytes, ratio * row.flops))
    const joint = boundedLeastSquares([both, ...overheads], target, [
      Math.max(minMs.byte, minMs.flop / ratio),
      ...zeros,
    ])
    const [byte = 0, ...rest] = joint.values
    const [byteError = 0, ...restErrors] = joint.errors
    const all = [byte, byte * ratio, ...rest]
    candidates.push({
      values: all,
      errors: [byteError, byteError * ratio, ...restErrors],
      squares: squaresOf(rows, all),
    })
  }
  return fitOf(rows, best(candidates), fromRequest)
}

const PERFECT_EFFICIENCY = { bandwidth: 1, flops: 1, stepOverheadMs: 0, sequenceOverheadMs: 0 }

/** A column divided by the measured times, so that the fit minimises relative errors. */
const weighted = (rows: readonly Row[], of: (row: Row, at: number) => number): Column =>
  rows.map((row, at) => of(row, at) / row.observation.ms)

function best(candidates: readonly Candidate[]): Candidate {
  const [first, ...others] = candidates
  if (first === undefined) throw new Error('nothing was measured')
  // Of equal candidates the first is taken, so that rounding does not decide.
  return others.reduce(
    (least, one) => (one.squares < least.squares * (1 - 1e-9) - 1e-16 ? one : least),
    first,
  )
}

function predict(row: Row, values: readonly number[]): number {
  const [byte = 0, flop = 0, step = 0, sequence = 0, request = 0] = values
  const { work, fromRequest } = row.observation
  const gpu = Math.max(byte * row.bytes, flop * row.flops)
  return gpu + step + sequence * work.sequences + (fromRequest ? request : 0)
}

const squaresOf = (rows: readonly Row[], values: readonly number[]) =>
  rows.reduce((sum, row) => sum + (predict(row, values) / row.observation.ms - 1) ** 2, 0)

function fitOf(rows: readonly Row[], { values, errors, squares }: Candidate, fromRequest: boolean): Fit {
  const [byte = 0, flop = 0] = values
  const points = rows.map((row): FittedPoint => {
    const fittedMs = predict(row, values)
    const relativeError = fittedMs / row.observation.ms - 1
    const bound = byte * row.bytes >= flop * row.flops ? 'memory' : 'compute'
    const intensity = row.flops / row.bytes
    return { observation: row.observation, fittedMs, relativeError, bound, intensity }
  })
  const parameter = (k: number): Parameter => ({ value: values[k] ?? 0, error: errors[k] ?? 0 })
  const determined = (k: number, bound: FittedPoint['bound']): Parameter =>
    points.some((point) => point.bound === bound) ? parameter(k) : { value: values[k] ?? 0, error: Infinity }
  return {
    msPerByte: determined(0, 'memory'),
    msPerFlop: determined(1, 'compute'),
    stepOverheadMs: parameter(2),
    sequenceOverheadMs: parameter(3),
    requestMs: fromRequest ? parameter(4) : undefined,
    points,
    rms: Math.sqrt(squares / rows.length),
  }
}
