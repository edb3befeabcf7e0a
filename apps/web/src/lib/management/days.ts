const DAY_MS = 24 * 60 * 60 * 1_000

/** The first and the last of a number of days that end today, in UTC. */
export function lastDays(days: number, now = Date.now()): { from: string; to: string } {
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
  return { from: day(now - (days - 1) * DAY_MS), to: day(now) }
}
