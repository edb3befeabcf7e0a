import type { Tally } from '../run/run.ts'

/** Answers that succeeded without anybody being told their completion tokens. Older files do not tell these apart. */
export const untoldAnswers = ({ succeededUntold, completionTokens, untold, succeeded }: Tally): number =>
  succeededUntold ?? (completionTokens === 0 ? Math.min(untold, succeeded) : 0)

/**
 * Completion tokens a second. Failed and abandoned answers count as far as they were told.
 * @returns `null` where there is no time to divide by, or where the tokens of answers that succeeded are not known
 */
export function tokenRate(tally: Tally, seconds: number): number | null {
  return seconds > 0 && untoldAnswers(tally) === 0 ? tally.completionTokens / seconds : null
}
