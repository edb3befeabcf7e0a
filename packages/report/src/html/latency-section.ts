import { cdfChart, type Distribution } from '@slicechat/charts'
import { LatencyHistogram, markFew, type Run } from '@slicechat/run'
import { type Comparison, PARTY_TITLES, QUANTILES, type View } from '@slicechat/run/analysis'
import { count, duration, percent } from '@slicechat/run/format'
import { bothWidths } from './both-widths.ts'
import { tableOf } from './table.ts'
import { html } from './template.ts'
import type { Markup } from './template.ts'

const TONES = { client: 0, api: 1, vllm: 2 } as const
const LATENCIES = [
  { key: 'ttft', title: 'Time to first token', slo: 'ttftMs' },
  { key: 'interToken', title: 'Time between tokens, mean of an answer', slo: 'interTokenMs' },
  { key: 'e2e', title: 'Whole answer', slo: 'e2eMs' },
] as const

interface Entry {
  readonly run: Run
  readonly label: string
  readonly likeForLike: readonly Comparison[]
}

/** Distributions in one chart: client, API and engine of one run, or the clients of several. */
export function latencySection(entries: readonly Entry[]): Markup {
  const only = entries.length === 1 ? entries[0] : undefined
  return html`${LATENCIES.map(({ key, title, slo }) => {
    const comparison = only?.likeForLike.find(({ latency }) => latency === key)
    const clients: Distribution[] = entries.map(({ run, label }) => ({
      label: only ? PARTY_TITLES.client : label,
      samples: LatencyHistogram.decode(run.whole.latencies[key]),
    }))
    const servers = (comparison?.views ?? []).flatMap((view): Distribution[] =>
      view.party === 'client'
        ? []
        : [
            {
              label: PARTY_TITLES[view.party],
              tone: TONES[view.party],
              known: { edgesMs: comparison?.edgesMs ?? [], shares: view.shares },
            },
          ],
    )
    const limit = only?.run.slo[slo]
    const limits = limit === undefined ? [] : [{ ms: limit, label: `SLO ${duration(limit)}` }]
    return html`${bothWidths(({ width }) => cdfChart([...clients, ...servers], { title, width, limits }))}${comparison ? quantileTable(comparison) : null}`
  })}`
}

function quantileTable({ title, views, distances }: Comparison): Markup {
  const rows = views.map(
    (view) =>
      html`<tr>
        <th scope="row">${PARTY_TITLES[view.party]}</th>
        <td class="number">${count(view.count)}</td>
        ${QUANTILES.map((q, index) => html`<td class="number">${markFew(rangeText(view, index), q, view.count)}</td>`)}
      </tr>`,
  )
  const apart = distances.map(
    ({ a, b, distance }) =>
      html`<li>
        ${PARTY_TITLES[a]} and ${PARTY_TITLES[b]} are apart by ${percent(distance.distance)} at most: within
        ${duration(distance.edge)} are ${percent(distance.a)} and ${percent(distance.b)}.
      </li>`,
  )
  return html`<details class="card">
    <summary>${title}: quantiles side by side, in the servers’ buckets</summary>
    ${tableOf(
      [[''], ['Requests', 'number'], ...QUANTILES.map((q) => [`p${q * 100}`, 'number'] as const)],
      rows,
      { plain: true },
    )}
    <ul class="note">
      ${apart}
    </ul>
  </details>`
}

/**
 * A server gives only the bucket of a quantile, and so does the client once its samples are in the same buckets.
 */
function rangeText(view: View, index: number): string {
  const range = view.quantiles[index] ?? null
  if (range === null) return '–'
  const [low, high] = range
  return Number.isFinite(high)
    ? `${duration(Math.max(0, low))} to ${duration(high)}`
    : `over ${duration(low)}`
}
