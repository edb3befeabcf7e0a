/** A column of the design matrix: one number for each observation. */
export type Column = readonly number[]

/** Result of a fit of `target ≈ Σ values[k] · columns[k]`. */
export interface LeastSquares {
  readonly values: readonly number[]
  /** Standard error of each value: Infinity if the columns do not determine it, 0 if the value is at its bound. */
  readonly errors: readonly number[]
  /** Sum of the squared residuals. */
  readonly squares: number
}

/** Share of a column's length that must be independent of the other columns; below it the column counts as dependent. */
const DEPENDENT = 1e-6

/**
 * Least squares with a lower bound for every value. It tries every set of values at their bounds, which is exact and
 * always ends, but suits only a handful of columns. A column that depends on those before it (or is zero) stays at its
 * bound, and its error is Infinity.
 */
export function boundedLeastSquares(
  columns: readonly Column[],
  target: Column,
  bounds: readonly number[] = columns.map(() => 0),
): LeastSquares {
  const rest = target.map((value, row) => value - dot(bounds, rowOf(columns, row)))
  let best: { free: number[]; solution: Solution } | undefined
  for (let set = 0; set < 2 ** columns.length; set++) {
    const free = columns.map((_, k) => k).filter((k) => (set & (1 << k)) !== 0)
    const solution = solve(
      free.map((k) => columns[k] ?? []),
      rest,
    )
    if (solution === undefined || solution.values.some((value) => value < 0)) continue
    if (best === undefined || solution.squares < best.solution.squares) best = { free, solution }
  }
  const values = [...bounds]
  const errors = columns.map((column, k) => {
    const others = (best?.free ?? []).filter((other) => other !== k).map((other) => columns[other] ?? [])
    return isDependent(column, others) ? Infinity : 0
  })
  best?.free.forEach((k, at) => {
    values[k] = (bounds[k] ?? 0) + (best.solution.values[at] ?? 0)
    errors[k] = best.solution.errors[at] ?? 0
  })
  return { values, errors, squares: best?.solution.squares ?? dot(rest, rest) }
}

interface Solution {
  readonly values: number[]
  readonly errors: number[]
  readonly squares: number
}

/** Ordinary least squares by Gram-Schmidt, with each column orthogonalised twice; undefined for dependent columns. */
function solve(columns: readonly Column[], target: Column): Solution | undefined {
  const basis: number[][] = []
  const upper: number[][] = []
  for (const column of columns) {
    const length = norm(column)
    let left = [...column]
    const row = basis.map(() => 0)
    for (let pass = 0; pass < 2; pass++)
      basis.forEach((direction, k) => {
        const share = dot(direction, left)
        row[k] = (row[k] ?? 0) + share
        left = left.map((value, at) => value - share * (direction[at] ?? 0))
      })
    const own = norm(left)
    if (!(own > DEPENDENT * length)) return undefined
    basis.push(left.map((value) => value / own))
    upper.push([...row, own])
  }
  const inverse = columns.map((_, k) => backSubstitute(upper, unit(columns.length, k)))
  const values = backSubstitute(
    upper,
    basis.map((direction) => dot(direction, target)),
  )
  const residual = target.map((value, row) => value - dot(values, rowOf(columns, row)))
  const squares = dot(residual, residual)
  const variance = squares / Math.max(1, target.length - columns.length)
  const errors = values.map((_, k) =>
    Math.sqrt(variance * inverse.reduce((sum, column) => sum + (column[k] ?? 0) ** 2, 0)),
  )
  return { values, errors, squares }
}

/** Solves the upper triangular system whose column k is `upper[k]`. */
function backSubstitute(upper: readonly (readonly number[])[], right: readonly number[]): number[] {
  const left = [...right]
  for (let k = upper.length - 1; k >= 0; k--) {
    const column = upper[k] ?? []
    const value = (left[k] ?? 0) / (column[k] ?? 1)
    left[k] = value
    for (let row = 0; row < k; row++) left[row] = (left[row] ?? 0) - value * (column[row] ?? 0)
  }
  return left
}

function isDependent(column: Column, others: readonly Column[]): boolean {
  return solve([...others, column], column) === undefined
}

const dot = (a: Column, b: Column): number => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)
const norm = (a: Column): number => Math.sqrt(dot(a, a))
const unit = (size: number, one: number) => Array.from({ length: size }, (_, at) => (at === one ? 1 : 0))
const rowOf = (columns: readonly Column[], row: number) => columns.map((column) => column[row] ?? 0)
