import type { Run } from '@slicechat/report'

/** A load test as the list shows it. Figures are of its steady part, where it has one. */
export interface RunSummary {
  id: string
  /** The scenario's name. */
  name: string
  /** When the load began; ISO 8601, UTC. */
  startedAt: string
  durationMs: number
  target: Pick<Run['target'], 'kind' | 'model' | 'simulated'>
  /** The most users that were there at once. */
  peakUsers: number
  requests: number
  /** Share of requests that met every SLO, 0 to 1; `null` without SLOs or requests. */
  goodput: number | null
  /** `null` when no first token came. */
  ttftP95Ms: number | null
  /** `null` where the model server told no usage. */
  tokensPerSecond: number | null
  /** One sentence: how it went. */
  verdict: string
  /** Whether nothing speaks against it: thresholds met, ledger balanced, not cut short, the load tester kept up. */
  sound: boolean
}
