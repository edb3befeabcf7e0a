import { waterfallChart } from '@slicechat/charts'
import type { Waterfall } from '@slicechat/run/analysis'
import { count, duration } from '@slicechat/run/format'
import { bothWidths } from './both-widths.ts'
import { tableOf } from './table.ts'
import { html } from './template.ts'
import type { Markup } from './template.ts'

/** Where the time to first token goes, and from which metrics each stage is computed. */
export function waterfallSection(waterfall: Waterfall | null): Markup {
  if (!waterfall) return html`<p>No first token came: there is nothing to take apart.</p>`
  const { stages, totalMs } = waterfall
  const rows = stages.map(
    ({ title, ms, source, counts, note }) =>
      html`<tr>
        <th scope="row">${title}</th>
        <td class="number">${duration(ms)}</td>
        <td class="text">
          <code>${source}</code><br />${counts.map(count).join(', ')}
          requests${note === null ? null : html`<br />${note}`}
        </td>
      </tr>`,
  )
  const total = { label: 'Mean time to first token, as clients saw it', ms: totalMs }
  return html`${bothWidths(({ width }) =>
      waterfallChart(
        stages.map(({ title, ms }) => ({ label: title, ms })),
        { title: 'Where the time to first token goes', total, width },
      ),
    )}
    <details class="card">
      <summary>What each stage is computed from</summary>
      ${tableOf([['Stage'], ['Mean', 'number'], ['From']], rows, { plain: true })}
    </details>`
}
