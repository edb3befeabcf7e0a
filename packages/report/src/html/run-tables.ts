import { parseThreshold, type Run } from '@slicechat/run'
import { bytes, count, counted, duration, number, percent } from '@slicechat/run/format'
import { tableOf } from './table.ts'
import { html } from './template.ts'
import type { Markup } from './template.ts'

/** The thresholds of the scenario, and whether they were met. */
export function thresholdTable({ thresholds }: Run): Markup {
  const rows = thresholds.map(
    ({ expression, value, passed }) =>
      html`<tr class="${passed ? '' : 'flagged'}">
        <th scope="row"><code>${expression}</code></th>
        <td class="number">${thresholdValue(expression, value)}</td>
        <td>${passed ? 'met' : value === null ? 'not judged' : 'missed'}</td>
      </tr>`,
  )
  return tableOf([['Condition'], ['Measured', 'number'], ['Result']], rows)
}

function thresholdValue(expression: string, value: number | null): string {
  if (value === null) return 'nothing measured'
  try {
    const { unit } = parseThreshold(expression)
    return { ms: duration, share: percent, count, 'per-second': (rate: number) => `${number(rate)}/s` }[unit](
      value,
    )
  } catch {
    // A figure of another version: its number is still worth showing.
    return number(value)
  }
}

/** The failures of the whole run. */
export function errorTable({ whole }: Run): Markup {
  if (whole.errors.length === 0) return html`<p>No request failed.</p>`
  const rows = whole.errors
    .toSorted((a, b) => b.count - a.count)
    .map(
      (error) =>
        html`<tr>
          <th scope="row"><code>${error.code}</code></th>
          <td class="number">${count(error.count)}</td>
          <td class="number">${percent(whole.started === 0 ? 0 : error.count / whole.started)}</td>
          <td class="text">${error.example}</td>
        </tr>`,
    )
  return tableOf(
    [['Code'], ['Requests', 'number'], ['Of all started', 'number'], ['For example', 'text']],
    rows,
    { style: 'stack' },
  )
}

/** How well the load tester itself kept up; in red if it did not. */
export function selfAccuracy({ self, whole }: Run): Markup {
  const alarm = self.saturated
    ? html`<div class="alarm">
        <p>
          <strong class="bad-text">Client saturated.</strong> These figures are the load tester's as much as
          the server's; do not judge the server by them.
        </p>
        <ul>
          ${self.why.map((why) => html`<li>${why}</li>`)}
        </ul>
      </div>`
    : html`<p>The load tester kept up: what it measured is the server's.</p>`
  const rows: [string, string][] = [
    [
      'Event loop late (worst worker)',
      `p50 ${duration(self.eventLoopDelayMs.p50)}, p99 ${duration(self.eventLoopDelayMs.p99)}, at most ${duration(self.eventLoopDelayMs.max)}`,
    ],
    [
      'Garbage collection',
      `${counted(self.gc.count, 'time')}, ${duration(self.gc.totalMs)} in all, at most ${duration(self.gc.maxMs)}`,
    ],
    [
      'CPU',
      `${number(self.cpuSeconds)} s, ${number(self.cores)} ${self.cores === 1 ? 'core' : 'cores'} on average`,
    ],
    ['Memory at its peak', bytes(self.peakRssBytes)],
    ['Requests whose tokens nobody told', `${count(whole.untold)} of ${count(whole.started)}`],
    ...(whole.unfinished > 0
      ? [['Still under way when the run ended', count(whole.unfinished)] satisfies [string, string]]
      : []),
  ]
  return html`${alarm}${definitions(rows)}`
}

/** What reading the metrics endpoints cost, and when one of them did not answer. */
export function samplingTable({ witnesses, durationMs }: Run): Markup {
  if (witnesses.length === 0)
    return html`<p>No metrics endpoint was read: these are the client's figures alone.</p>`
  const rows = witnesses.map((witness) => {
    const share = witness.scrapeMs === null ? null : witness.scrapeMs / witness.intervalMs
    const gaps = witness.gaps.map(
      ({ fromMs, untilMs, why }) =>
        html`<br />Gap of ${duration(untilMs - fromMs)} at ${duration(fromMs)}: ${why}`,
    )
    const resets =
      witness.resets === 0
        ? null
        : html`<br />Restarts seen: ${count(witness.resets)}; what was counted just before each is lost`
    return html`<tr>
      <th scope="row">${witness.name}${witness.simulated ? ' (simulated)' : ''}</th>
      <td class="number">${duration(witness.intervalMs)}</td>
      <td class="number">${count(witness.samples)}</td>
      <td class="number">${witness.scrapeMs === null ? '–' : duration(witness.scrapeMs)}</td>
      <td class="number">${share === null ? '–' : percent(share)}</td>
      <td class="text">
        <code>${witness.url}</code>
        (${witness.source === 'scrape' ? 'read directly' : 'from Prometheus'})${gaps}${resets}
      </td>
    </tr>`
  })
  return html`<p class="note">
      Over ${duration(durationMs)}. The last figure is the share of the time in which the endpoint was busy
      answering. Sampling DCGM every 100 ms is known to cost about 2% of decode speed; at seconds it cannot be
      told.
    </p>
    ${tableOf(
      [
        ['Endpoint'],
        ['Every', 'number'],
        ['Samples', 'number'],
        ['Took, mean', 'number'],
        ['Busy', 'number'],
        ['Where from', 'text'],
      ],
      rows,
      { style: 'stack' },
    )}`
}

/** Names and values, one per row. */
export function definitions(rows: readonly (readonly [string, string | Markup])[]): Markup {
  return html`<div class="scroll">
    <table class="definitions">
      <tbody>
        ${rows.map(
          ([name, value]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td>${value}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}
