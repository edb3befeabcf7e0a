import type { KatexOptions } from 'katex'

type RenderToString = (formula: string, options: KatexOptions) => string

let renderToString: RenderToString | undefined

/** Fetches KaTeX, which most conversations never need. */
export async function loadMath(): Promise<boolean> {
  const katex = await import('katex')
  renderToString = katex.default.renderToString
  return true
}

/** A formula as MathML, which needs neither fonts nor styles of its own; `undefined` if it cannot be had. */
export function renderMath(formula: string, displayMode: boolean): string | undefined {
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
    // Not TeX, or not yet: the source stands there as it is.
    return undefined
  }
}
