import { rooflineOf } from '../engine/cost.ts'
import type { ModelPreset, SlicePreset } from '../presets/preset.ts'
import { boundedLeastSquares, type Column } from './least-squares.ts'
import type { Observation } from './observation.ts'

/** A step as measured and as fitted, milliseconds. */
interface FittedPoint {
  readonly observation: Observation
  readonly fittedMs: number
  /** (fitted − measured) / measured. */
  readonly relativeError: number
  readonly bound: 'memory' | 'compute'
  /** Operations a byte. */
  readonly intensity: number
}

/** A parameter of the roofline with its standard error; Infinity: the data does not determine it. */
interface Parameter {
  readonly value: number
  readonly error: number
}

/** The roofline in its own units, before it is set against any peak. */
export interface Fit {
  /** Milliseconds a byte and a floating-point operation. */
  readonly msPerByte: Parameter
  readonly msPerFlop: Parameter
  readonly stepOverheadMs: Parameter
  readonly sequenceOverheadMs: Parameter
  /** What precedes the engine in times that the client took; undefined where there are none. */
  readonly requestMs: Parameter | undefined
  readonly points: readonly FittedPoint[]
  /** Root of the mean square of the relative errors. */
  readonly rms: number
}

/** A measured step with the bytes that it moves and the operations that it takes. */
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
 * Fits `ms = max(bytes · msPerByte, flops · msPerFlop) + step + sequences · sequence (+ request)` to what was measured,
 * all values at least 0, so that the sum of the squared relative errors is least. Which steps are bound by memory
 * follows from the ratio of the two rates alone, so trying every cut through the steps in the order of their
 * operations a byte, and every cut that runs exactly through a step, finds the best of all; it is deterministic.
 *
 * @param leastMs lower bounds of milliseconds a byte and an operation: what the peaks allow. Default 0.
 */
export function fitRoofline(
  slice: SlicePreset,
  model: ModelPreset,
  observations: readonly Observation[],
  leastMs: { byte: number; flop: number } = { byte: 0, flop: 0 },
): Fit {
  const cost = rooflineOf({ slice, model, efficiency: perfect })
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
    const bounds = [leastMs.byte, leastMs.flop, ...zeros]
    const { values, errors } = boundedLeastSquares([bytes, flops, ...overheads], target, bounds)
    candidates.push({ values, errors, squares: squaresOf(rows, values) })
    const through = rows[cut]
    if (through === undefined) continue
    // The cut runs through this step: a byte costs as much as that many operations.
    const ratio = through.bytes / through.flops
    const both = weighted(rows, (row) => Math.max(row.bytes, ratio * row.flops))
    const joint = boundedLeastSquares([both, ...overheads], target, [
      Math.max(leastMs.byte, leastMs.flop / ratio),
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

const perfect = { bandwidth: 1, flops: 1, stepOverheadMs: 0, sequenceOverheadMs: 0 }

/** Errors count relative to what was measured, so every row is divided by it. */
const weighted = (rows: readonly Row[], of: (row: Row, at: number) => number): Column =>
  rows.map((row, at) => of(row, at) / row.observation.ms)

function best(candidates: readonly Candidate[]): Candidate {
  const [first, ...others] = candidates
  if (first === undefined) throw new Error('nothing was measured')
  // Of equals the first: rounding does not decide.
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
  const unseen = (k: number, bound: FittedPoint['bound']): Parameter =>
    points.some((point) => point.bound === bound) ? parameter(k) : { value: values[k] ?? 0, error: Infinity }
  return {
    msPerByte: unseen(0, 'memory'),
    msPerFlop: unseen(1, 'compute'),
    stepOverheadMs: parameter(2),
    sequenceOverheadMs: parameter(3),
    requestMs: fromRequest ? parameter(4) : undefined,
    points,
    rms: Math.sqrt(squares / rows.length),
  }
}
