import { loadLatencyChart, routeOf } from '@slicechat/charts'
import type { Run } from '@slicechat/run'
import { type Analysis, shardText } from '@slicechat/run/analysis'
import { counted, duration } from '@slicechat/run/format'
import { bothWidths } from './both-widths.ts'
import { utc } from './configuration.ts'
import { html } from './template.ts'
import type { Markup } from './template.ts'

/** The verdict of a run in words, and what to consider before believing it. */
export function headline({ run, analysis }: { run: Run; analysis: Analysis }, label: string): Markup {
  const { verdict } = analysis
  const warnings =
    verdict.warnings.length === 0
      ? null
      : html`<h3>Before you believe these numbers</h3>
          <ul class="reasons">
            ${verdict.warnings.map((text) => html`<li>${text}</li>`)}
          </ul>`
  return html`<div class="run">
    <h1>${label}</h1>
    <p class="meta">
      ${utc(run.startedAt)} · ${duration(run.durationMs)} · ${counted(run.whole.started, 'request')} to
      ${run.target.model} ${routeOf(run)}
    </p>
    ${badges(run, analysis)}
    <p class="verdict">${verdict.headline}</p>
    <ul class="reasons">
      ${verdict.statements.map((text) => html`<li>${text}</li>`)}
    </ul>
    ${warnings}
  </div>`
}

function badges(run: Run, { ledger }: Analysis): Markup {
  const missed = run.thresholds.filter(({ passed, value }) => !passed && value !== null).length
  const unmeasured = run.thresholds.filter(({ value }) => value === null).length
  const simulated = run.target.simulated || run.witnesses.some((witness) => witness.simulated)
  const all: [string, string][] = [
    ...(simulated ? [['mark', 'Simulated'] satisfies [string, string]] : []),
    ...(run.cutShort === null ? [] : [['bad', `Cut short: ${run.cutShort}`] satisfies [string, string]]),
    ...(run.self.saturated ? [['bad', 'Client saturated'] satisfies [string, string]] : []),
    ...(run.shard === undefined ? [] : [['mark', shardText(run.shard)] satisfies [string, string]]),
    ...(run.thresholds.length > 0 && missed === 0 && unmeasured === 0
      ? [['good', 'Thresholds met'] satisfies [string, string]]
      : []),
    ...(missed > 0
      ? [['bad', `${missed} of ${run.thresholds.length} thresholds missed`] satisfies [string, string]]
      : []),
    ...(unmeasured > 0 && run.shard === undefined
      ? [
          ['bad', `${unmeasured} of ${run.thresholds.length} thresholds not judged`] satisfies [
            string,
            string,
          ],
        ]
      : []),
    ...(ledger.parties.length < 2
      ? []
      : [
          ledger.balanced
            ? (['good', 'Ledger balances'] satisfies [string, string])
            : (['bad', 'Ledger does not balance'] satisfies [string, string]),
        ]),
  ]
  return html`<ul class="badges">
    ${all.map(([kind, text]) => html`<li class="badge ${kind}">${text}</li>`)}
  </ul>`
}

/** TTFT by number of users; nothing if the run has no SLO, or only one level of load. */
export function capacitySection({ run, analysis }: { run: Run; analysis: Analysis }): Markup | null {
  const { capacity } = analysis.verdict
  if (!capacity || capacity.levels.length < 2) return null
  const steps = capacity.levels.map(({ users, ttftP95, meetsSlo }) => ({
    load: users,
    ttftP95Ms: ttftP95,
    tokensPerSecond: null,
    passed: meetsSlo,
  }))
  const options = {
    title: 'Latency against load',
    unit: 'users',
    ...(run.slo.ttftMs === undefined ? {} : { sloMs: run.slo.ttftMs }),
    ...(capacity.users > 0 && !capacity.atLeast ? { knee: capacity.users } : {}),
  }
  return bothWidths(({ width }) => loadLatencyChart(steps, { ...options, width }))
}
