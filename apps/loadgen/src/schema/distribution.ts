import { z } from 'zod'
import { duration, DURATION_FORMS, durationText, span } from './duration.ts'

/** A number or a duration, as a parameter of a distribution. */
type Amount = z.ZodType<number, string | number>

const positive = z.number().positive()
const amount = z.number().min(0)

const named = <A extends Amount, P extends Amount>(amount: A, positive: P) => {
  /** Bounds of a distribution. Without `min` it begins at 0, since no length and no time is below. */
  const cut = { min: amount.optional(), max: positive.optional() }
  return z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('constant'), value: amount }),
      z.strictObject({ type: z.literal('uniform'), min: amount, max: positive }),
      z.strictObject({
        type: z.literal('lognormal'),
        median: positive,
        /** Standard deviation of the logarithm. */
        sigma: z.number().positive(),
        ...cut,
      }),
      z.strictObject({ type: z.literal('exponential'), mean: positive, ...cut }),
      z.strictObject({ type: z.literal('normal'), mean: positive, deviation: positive, ...cut }),
      z.strictObject({ type: z.literal('empirical'), values: z.array(amount).min(1) }),
    ])
    .refine((d) => !('max' in d) || d.max === undefined || (d.min ?? 0) <= d.max, {
      path: ['max'],
      message: 'must not be below min',
    })
}

const constant = (value: number) => ({ type: 'constant' as const, value })

/**
 * A random number: a constant, or one of the named distributions. `min` and `max` truncate it, as if one drew
 * again until the number lies within, so that no values pile up at the bounds.
 */
export const distribution = z.union([amount.transform(constant), named(amount, positive)])

/** A random time, with durations such as `2s` as its parameters; in milliseconds after parsing. */
export const timeDistribution = z.union([
  DURATION_FORMS[0].transform(constant),
  DURATION_FORMS[1].transform(constant),
  named(duration, span),
])

/** A random number: constant, or of one of the named distributions. */
export type Distribution = z.output<typeof distribution>

/** A distribution of milliseconds, written as `timeDistribution` reads it. */
export function timeDistributionText(d: Distribution): unknown {
  if (d.type === 'constant') return durationText(d.value)
  const written = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((one: number) => durationText(one))
    return typeof value === 'number' && key !== 'sigma' ? durationText(value) : value
  }
  return Object.fromEntries(Object.entries(d).map(([key, value]) => [key, written(value, key)]))
}

/** The largest number that a distribution can give; `Infinity` if it is unbounded. */
export function largest(d: Distribution): number {
  if (d.type === 'constant') return d.value
  return d.type === 'empirical'
    ? d.values.reduce((most, value) => Math.max(most, value), 0)
    : (d.max ?? Infinity)
}

/** A number that a distribution is sure to reach, or about which it scatters. */
export const typical = (d: Distribution): number =>
  Math.max('median' in d ? d.median : 'mean' in d ? d.mean : largest(d), 'min' in d ? (d.min ?? 0) : 0)
