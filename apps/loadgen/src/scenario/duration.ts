import { z } from 'zod'

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `500ms`, `20s`, `5m`, `1h`, or a number of seconds; in milliseconds after parsing. */
export const duration = z.union([
  z
    .number()
    .min(0)
    .transform((seconds) => seconds * 1000),
  z
    .string()
    .regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'expected a duration such as 500ms, 20s, 5m or 1h')
    .transform(
      (text) => Number.parseFloat(text) * UNIT_MS[text.replace(/[\d.]/g, '') as keyof typeof UNIT_MS],
    ),
])

/** A duration that takes time. */
export const span = duration.refine((ms) => ms > 0, 'must be longer than nothing')

/** Milliseconds as `duration` reads them: in the largest unit of which they are a whole number. */
export function durationText(ms: number): string {
  const unit = ms === 0 ? 's' : (['h', 'm', 's'] as const).find((name) => ms % UNIT_MS[name] === 0)
  return unit === undefined ? `${ms}ms` : `${ms / UNIT_MS[unit]}${unit}`
}
