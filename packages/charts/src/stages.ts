import { z } from 'zod'
import type { Run } from '@slicechat/run'
import { counted } from '@slicechat/run/format'

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
/** A number is milliseconds, as in a scenario that was read; a text has its unit. */
const duration = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d+(\.\d+)?(ms|s|m|h)$/)
    .transform((text) => Number.parseFloat(text) * (UNIT_MS[text.replace(/[\d.]/g, '')] ?? 1)),
])
const staged = z.object({
  executor: z.object({
    stages: z.array(z.object({ duration, users: z.number().optional(), rate: z.number().optional() })),
  }),
})

/** Where the stages of a ramp begin, and the load that each leads to; empty for scenarios without stages. */
export function stageBounds(run: Run): { x: number; label: string }[] {
  const parsed = staged.safeParse(run.scenario)
  if (!parsed.success) return []
  let at = 0
  const bounds = parsed.data.executor.stages.map(({ duration: length, users, rate }) => {
    const bound = { x: at, label: `→ ${rate === undefined ? counted(users ?? 0, 'user') : `${rate}/s`}` }
    at += length
    return bound
  })
  return bounds.filter(({ x }) => x < run.durationMs)
}
