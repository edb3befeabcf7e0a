import { escapeText } from '@slicechat/charts'

/** Finished HTML, as opposed to text that has to be escaped. */
export class Markup {
  declare private readonly brand: never
  readonly html: string

  constructor(html: string) {
    this.html = html
  }
}

type Part = Markup | string | number | null | readonly Part[]

/** HTML in which every inserted part is escaped, unless it is `Markup`; `null` is nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(texts.reduce((all, text, index) => all + written(parts[index - 1] ?? null) + text))
}

function written(part: Part): string {
  if (part === null) return ''
  if (part instanceof Markup) return part.html
  if (typeof part === 'object') return part.map(written).join('')
  return escapeText(String(part))
}
