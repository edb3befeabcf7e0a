import type { RunSummary } from '@slicechat/contract'
import { type Finding, type Outcome, outcomeText } from '@slicechat/run/outcome'
import type { StoredSummary } from '../store/runs.ts'

/** Longest verdict in the list. It quotes thresholds, whose length is not limited. */
const VERDICT_CHARS = 400

/** The summary as the list shows it, with the outcome as a sentence. */
export function toSummary(stored: StoredSummary): RunSummary {
  if ('verdict' in stored) return stored
  const { outcome, ...summary } = stored
  const text = outcomeText(outcome)
  return {
    ...summary,
    verdict: text.length > VERDICT_CHARS ? `${text.slice(0, VERDICT_CHARS)} …` : text,
  }
}

/** Cuts from an outcome what no verdict has room for, so that a summary stays small. */
export function bounded(outcome: Outcome): Outcome {
  const { findings, shard } = outcome
  return {
    ...outcome,
    findings: findings.map(boundedFinding),
    shard: shard && { ...shard, indices: shard.indices.slice(0, VERDICT_CHARS) },
  }
}

function boundedFinding(finding: Finding): Finding {
  const cut = (text: string): string => text.slice(0, VERDICT_CHARS + 1)
  if ('why' in finding) return { ...finding, why: cut(finding.why) }
  if ('thresholds' in finding)
    return { ...finding, thresholds: finding.thresholds.slice(0, VERDICT_CHARS).map(cut) }
  return finding
}
