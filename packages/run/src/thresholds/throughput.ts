import type { Tally } from '../schema/run.ts'

/**
 * Succeeded answers whose completion tokens are unknown. In older files, which do not count them, it is inferred.
 */
export const answersWithoutUsage = ({
  succeededUntold,
  completionTokens,
  untold,
  succeeded,
}: Tally): number => succeededUntold ?? (completionTokens === 0 ? Math.min(untold, succeeded) : 0)

/**
 * Completion tokens a second. Failed and abandoned answers count with the tokens that were reported.
 * @returns `null` if there is no time to divide by, or the tokens of some succeeded answers are unknown
 */
export function tokenRate(tally: Tally, seconds: number): number | null {
  return seconds > 0 && answersWithoutUsage(tally) === 0 ? tally.completionTokens / seconds : null
}
