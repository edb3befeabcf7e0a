import * as texts from '../texts/shared.ts'
import { escapeHtml } from './escape.ts'
import type { Rendering } from './rendering.ts'
import type { Code, Formula } from './syntax/blocks.ts'
import type { InlineFormula } from './syntax/formulas.ts'
import type { Html } from './syntax/pieces.ts'

// Content that takes time to show well: until then its source is shown, in an element with an attribute by
// which `Enricher` finds it.

/** The tags around a block of code. The element that shows this HTML has to serve its copy button. */
export function codeTags({ language }: Code): [Html, Html] {
  const head = `<span>${escapeHtml(language || texts.noLanguage)}</span><button type="button" data-copy>${texts.copy}</button>`
  return [
    `<div class="code" dir="ltr"><div class="code-head">${head}</div><pre tabindex="0">`,
    '</pre></div>',
  ]
}

/** Code, which is coloured once it is complete. */
export function codeHtml({ language, text, final }: Code, { wants }: Rendering): Html {
  if (language === '' || !final) return `<code dir="ltr">${escapeHtml(text)}</code>`
  wants.add('code')
  return `<code dir="ltr" data-language="${escapeHtml(language)}">${escapeHtml(text)}</code>`
}

type Source = Pick<InlineFormula, 'tex' | 'display' | 'source'>

export function formulaSource({ lines, closed }: Formula): Source & { closed: boolean } {
  const source = lines.join('\n').trim()
  return { tex: source.slice(2, closed ? -2 : undefined).trim(), display: true, source, closed }
}

/** A formula, or its source if it is not complete or not valid TeX. */
export function formulaHtml(formula: Source & { closed?: boolean }, { math, wants }: Rendering): Html {
  const { tex, display, source, closed = true } = formula
  const html = closed ? math(tex, display) : null
  if (html === undefined) wants.add('math')
  const mark = html === undefined ? ' data-math' : ''
  const shown = html ?? `<code dir="ltr">${escapeHtml(source)}</code>`
  return `<span class="math${display ? ' display' : ''}" dir="ltr"${mark}>${shown}</span>`
}

/** The TeX in a formula's source. */
export function texOf(source: string): string {
  const signs = source.startsWith('$') && !source.startsWith('$$') ? 1 : 2
  return source.slice(signs, -signs).trim()
}
