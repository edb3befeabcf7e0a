import type { KatexOptions } from 'katex'
import type { Html } from './syntax/pieces.ts'

/** Longer formulas are not rendered, since they would hold up the page. */
const MAX_CHARS = 2_000
/** Most new formulas in one turn of the event loop; a page with more takes as many turns as it needs. */
const MAX_NEW = 12
const MAX_KNOWN = 1_000
/** Formulas that define macros are not rendered: five hundred uses of a macro can expand to millions of characters. */
const DEFINES = /\\(?:[gex]?def|let|futurelet|global|long|(?:re)?newcommand|providecommand)(?![A-Za-z])/

const options: KatexOptions = {
  output: 'mathml',
  trust: false,
  maxExpand: 500,
  maxSize: 50,
  strict: false,
}

let renderToString: ((formula: string, options: KatexOptions) => Html) | undefined
const known = new Map<string, Html | null>()
let newInTurn = 0

/** Fetches KaTeX, which most conversations never need. */
export async function loadMath(): Promise<void> {
  const katex = await import('katex')
  renderToString = katex.default.renderToString
}

/**
 * A formula as MathML, which needs neither fonts nor styles of its own. `undefined` while KaTeX is not loaded, and
 * after too many new formulas in this turn of the event loop; `null` if the source stays as it is.
 */
export function renderMath(tex: string, display: boolean): Html | undefined | null {
  if (tex.length > MAX_CHARS || DEFINES.test(tex)) return null
  const key = `${display} ${tex}`
  const html = known.get(key)
  if (html !== undefined || !renderToString || newInTurn >= MAX_NEW) return html
  if (newInTurn++ === 0) setTimeout(() => (newInTurn = 0))
  // Not all formulas of a long conversation need to be cached.
  if (known.size >= MAX_KNOWN) known.clear()
  const rendered = orSource(tex, display, renderToString)
  known.set(key, rendered)
  return rendered
}

function orSource(
  tex: string,
  displayMode: boolean,
  render: NonNullable<typeof renderToString>,
): Html | null {
  try {
    return render(tex, { ...options, displayMode })
  } catch {
    // Not valid TeX.
    return null
  }
}
