import { goodShare, LatencyHistogram, type Run, tokenRate } from '@slicechat/run'
import { figuresTally, ledgerOf, outcomeOf } from '@slicechat/run/analysis'
import type { StoredSummary } from '../store/runs.ts'
import { bounded } from './verdict.ts'

/** The summary of a run for the list, with the same figures that its report begins with. */
export function summaryOf(run: Run): StoredSummary {
  const { id, name, startedAt, durationMs, target, thresholds, cutShort, self, slo } = run
  const { tally, seconds } = figuresTally(run)
  const ledger = ledgerOf(run)
  return {
    id,
    name,
    durationMs,
    startedAt: new Date(startedAt).toISOString(),
    target: { kind: target.kind, model: target.model, simulated: target.simulated },
    // `users` is the mean over an interval, so it can be a fraction.
    peakUsers: Math.round(run.intervals.reduce((most, { users }) => Math.max(most, users), 0)),
    requests: tally.started,
    goodput: Object.keys(slo).length === 0 ? null : goodShare(run.steadyTally),
    ttftP95Ms: LatencyHistogram.decode(tally.latencies.ttft).quantile(0.95),
    tokensPerSecond: tokenRate(tally, seconds),
    outcome: bounded(outcomeOf(run, ledger)),
    sound:
      run.shard === undefined &&
      ledger.balanced &&
      cutShort === null &&
      !self.saturated &&
      thresholds.every(({ passed }) => passed),
  }
}
