import { z } from 'zod'

const MAX_DAYS = 400
const DAY_MS = 86_400_000

/** Days in UTC, both included. */
export const usageRange = z
  .strictObject({ from: z.iso.date(), to: z.iso.date() })
  .refine(({ from, to }) => from <= to, { path: ['to'], message: 'must not be before from' })
  .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= MAX_DAYS * DAY_MS, {
    path: ['to'],
    message: `must be at most ${MAX_DAYS} days after from`,
  })
