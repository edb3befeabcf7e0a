import type { Run, Tally } from '../schema/run.ts'

/** The part of a run that its figures are of: the steady part, or the whole run if nothing was intended in it. */
export function figuresTally(run: Run): { tally: Tally; seconds: number; steady: boolean } {
  const { fromMs, untilMs } = run.steady
  const end = Math.min(untilMs, run.durationMs)
  if (run.steadyTally.intended === 0 || end <= fromMs)
    return { tally: run.whole, seconds: run.durationMs / 1000, steady: false }
  return {
    tally: run.steadyTally,
    seconds: (end - fromMs) / 1000,
    steady: fromMs > 0 || untilMs < run.durationMs,
  }
}
