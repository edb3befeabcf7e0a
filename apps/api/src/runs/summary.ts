import type { RunSummary } from '@slicechat/contract'
import { goodShare, LatencyHistogram, type Run, tokenRate } from '@slicechat/run'
import { figuresTally, headlineOf, ledgerOf } from '@slicechat/run/analysis'

/** Longest verdict in the list. It quotes thresholds, whose length is not limited. */
const VERDICT_CHARS = 400

/** The summary of a run for the list, with the same figures that its report begins with. */
export function summaryOf(run: Run): RunSummary {
  const { id, name, startedAt, durationMs, target, thresholds, cutShort, self, slo } = run
  const { tally, seconds } = figuresTally(run)
  const ledger = ledgerOf(run)
  const verdict = headlineOf(run, ledger)
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
    verdict: verdict.length > VERDICT_CHARS ? `${verdict.slice(0, VERDICT_CHARS)} …` : verdict,
    sound:
      run.shard === undefined &&
      ledger.balanced &&
      cutShort === null &&
      !self.saturated &&
      thresholds.every(({ passed }) => passed),
  }
}
