import { html, type Markup } from './template.ts'

/** The head of a column, and how its cells are set: `number` to the right, `text` with lines of prose. */
type Column = readonly [title: string, cells?: 'number' | 'text']

interface TableOptions {
  /** Classes of the table: `stack` puts a row's cells below each other where the page is narrow. */
  readonly style?: string
  /** Without a frame of its own, inside something that has one. */
  readonly plain?: boolean
}

/** A table with a head, in a box that scrolls sideways if the page is too narrow for it. */
export function tableOf(
  columns: readonly Column[],
  rows: readonly Markup[],
  { style = '', plain = false }: TableOptions = {},
): Markup {
  const heads = columns.map(([title, cells]) => {
    if (title === '') return html`<th></th>`
    return cells === undefined
      ? html`<th scope="col">${title}</th>`
      : html`<th scope="col" class="${cells}">${title}</th>`
  })
  return html`<div class="scroll${plain ? ' plain' : ''}">
    <table class="${style}">
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
}
