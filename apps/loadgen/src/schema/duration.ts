import { z } from 'zod'

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
/** More than any run takes: a longer duration is a mistaken unit. */
const MAX_MS = 366 * 24 * UNIT_MS.h
const FORM = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/

const withoutUnit = (number: string | number) => `${number} has no unit: write ${number}ms or ${number}s`

/** A duration as text, as in a flag: `500ms`, `20s`, `5m`, `1h` or `0`; in milliseconds after parsing. */
export const durationInWords = z.string().transform((text, context) => {
  const [, number = '', unit] = FORM.exec(text) ?? []
  const ms = Number(number) * UNIT_MS[(unit ?? 'ms') as keyof typeof UNIT_MS]
  let message: string | undefined
  if (number === '') message = 'expected a duration such as 500ms, 20s, 5m or 1h'
  else if (unit === undefined && ms !== 0) message = withoutUnit(text)
  else if (ms > MAX_MS) message = 'is more than a year'
  if (message === undefined) return ms
  context.issues.push({ code: 'custom', message, input: text })
  return z.NEVER
})

/** YAML reads a value without a unit as a number. Only 0 is accepted, which is the same in every unit. */
const bareDuration = z
  .number()
  .min(0)
  .refine((number) => number === 0, { error: ({ input }) => withoutUnit(String(input)) })

/** The members of a union of durations and other values. */
export const DURATION_FORMS = [bareDuration, durationInWords] as const

/**
 * `500ms`, `20s`, `5m`, `1h` or 0; in milliseconds after parsing. A bare number could mean milliseconds or seconds.
 */
export const duration = z.union(DURATION_FORMS)

/** A duration longer than 0. */
export const span = duration.refine((ms) => ms > 0, 'must be longer than nothing')

/** Milliseconds written as `duration` reads them: in the largest unit that gives a whole number. */
export function durationText(ms: number): string {
  const unit = ms === 0 ? 's' : (['h', 'm', 's'] as const).find((name) => ms % UNIT_MS[name] === 0)
  return unit === undefined ? `${ms}ms` : `${ms / UNIT_MS[unit]}${unit}`
}
