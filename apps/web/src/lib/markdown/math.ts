import type { KatexOptions } from 'katex'

type RenderToString = (formula: string, options: KatexOptions) => string

let renderToString: RenderToString | undefined

/** Fetches KaTeX, which most conversations never need. */
export async function loadMath(): Promise<boolean> {
  const katex = await import('katex')
  renderToString = katex.default.renderToString
  return true
}

/** Longer ones would hold up the page. */
const MAX_CHARS = 2_000

/**
 * A formula as MathML, which needs neither fonts nor styles of its own: `undefined` while KaTeX is not loaded, `null` where the
 * source stays as it is.
 */
export function renderMath(formula: string, displayMode: boolean): string | undefined | null {
  if (formula.length > MAX_CHARS) return null
  if (!renderToString) return undefined
  try {
    return renderToString(formula, {
      displayMode,
      output: 'mathml',
      trust: false,
      maxExpand: 500,
      strict: false,
    })
  } catch {
    // No TeX.
    return null
  }
}
