import {
  type Difference,
  type Ledger,
  type LedgerRow,
  type Party,
  PARTY_TITLES,
} from '@slicechat/run/analysis'
import { count, signed } from '@slicechat/run/format'
import { tableOf } from './table.ts'
import { html } from './template.ts'
import type { Markup } from './template.ts'

/** The counts of each party, why they differ, and in red what is unexplained. */
export function ledgerSection(ledger: Ledger): Markup {
  const { parties, rows, balanced, findings, notes } = ledger
  const head = balanced
    ? parties.length === 1
      ? html`<p>Only the client counted: there is nothing to compare.</p>`
      : html`<p>
          The books balance: every difference between ${list(parties.map((party) => PARTY_TITLES[party]))} is
          explained to the last token.
        </p>`
    : html`<div class="alarm">
        <p><strong class="bad-text">The books do not balance.</strong></p>
        <ul>
          ${findings.map((finding) => html`<li>${capital(finding)}</li>`)}
        </ul>
      </div>`
  const body = rows.map((row, index) => {
    const flagged = row.differences.some(({ unexplained }) => unexplained !== 0)
    return html`${
        rows[index - 1]?.unit === row.unit
          ? null
          : html`<tr class="group">
              <th scope="rowgroup" colspan="${parties.length + 2}">${capital(row.unit)}</th>
            </tr>`
      }
      <tr class="${flagged ? 'flagged' : ''}">
        <th scope="row">${row.title}</th>
        ${parties.map((party) => html`<td class="number">${counted(row.counts[party])}</td>`)}
        <td class="text">${explanation(row, parties)}</td>
      </tr>`
  })
  return html`${head}
  ${tableOf(
    [[''], ...parties.map((party) => [PARTY_TITLES[party], 'number'] as const), ['Differences', 'text']],
    body,
    { style: 'ledger stack' },
  )}
  ${
    notes.length === 0
      ? null
      : html`<ul class="note">
          ${notes.map((note) => html`<li>${capital(note)}</li>`)}
        </ul>`
  }`
}

function explanation({ differences }: LedgerRow, parties: readonly Party[]): Markup | string {
  if (parties.length === 1) return ''
  if (differences.length === 0) return 'not comparable'
  if (differences.every(({ amount, parts, unexplained }) => amount === 0 && parts.length + unexplained === 0))
    return 'equal'
  return html`${differences.map(explained)}`
}

function explained({ of, against, amount, parts, unexplained }: Difference): Markup {
  const items = [
    ...parts.map(({ why, amount: part }) => html`<li>${amountOf(part)} ${why}</li>`),
    ...(unexplained === 0
      ? []
      : [html`<li class="bad-text"><strong>${signed(unexplained)} unexplained</strong></li>`]),
  ]
  return html`<div>
    <strong>${PARTY_TITLES[of]} − ${PARTY_TITLES[against]}: ${amount === 0 ? '0' : signed(amount)}</strong>${
      items.length === 0
        ? null
        : html`<ul>
            ${items}
          </ul>`
    }
  </div>`
}

/** Some reasons hold without a known amount. */
function amountOf(part: number): string {
  return Number.isFinite(part) ? signed(part) : 'any number'
}

function counted(value: number | null): string {
  return value === null ? '–' : count(value)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}
