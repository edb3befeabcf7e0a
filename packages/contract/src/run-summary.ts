/** A load test run as the list shows it. The figures cover its steady part, if it has one. */
export interface RunSummary {
  id: string
  /** The scenario's name. */
  name: string
  /** When the load began; ISO 8601, UTC. */
  startedAt: string
  durationMs: number
  /** What the load was sent to: this API, or a model server directly. */
  target: { kind: 'api' | 'openai'; model: string; simulated: boolean }
  /** Most virtual users at the same time. */
  peakUsers: number
  requests: number
  /** Share of requests that met every SLO, 0 to 1; `null` without SLOs or requests. */
  goodput: number | null
  /** `null` when no first token arrived. */
  ttftP95Ms: number | null
  /** `null` when the model server sent no `usage`. */
  tokensPerSecond: number | null
  /** The result of the run in one sentence. */
  verdict: string
  /** Whether the run is valid and passed: thresholds met, ledger balanced, not cut short, load tester not saturated. */
  sound: boolean
}
