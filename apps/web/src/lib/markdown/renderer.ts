import type { Tokens } from 'marked'
import { Lexer, Parser, Renderer } from 'marked'
import type { Links } from './blocks.ts'
import { escapeHtml, escapeText, safeHref } from './escape.ts'
import type { MathToken } from './math-syntax.ts'
import { markdownOptions } from './options.ts'
import { closeForNow } from './unfinished.ts'

/** What may be loaded later to show a block in full. Each returns `undefined` until it is there. */
export interface Enrichment {
  highlight: (language: string, code: string) => string | undefined
  math: (formula: string, display: boolean) => string | undefined
}

export interface Rendered {
  html: string
  /** Languages of code and `math` that the block would show better if they were loaded. */
  wants: Set<string>
}

/** A name for what `wants` math rendering; no language of code can have it. */
export const MATH = '$math'

/**
 * Markdown to HTML that can do no harm: every tag in the result is written here. HTML in the source
 * shows as text, images become links, and links lead to http, https and mailto only.
 */
class SafeRenderer extends Renderer {
  readonly wants = new Set<string>()
  readonly #enrichment: Enrichment

  constructor(enrichment: Enrichment) {
    super(markdownOptions)
    this.#enrichment = enrichment
  }

  // Marked leaves text after `<script>` as it is, for raw HTML. There is none here.
  override text(token: Tokens.Text | Tokens.Escape): string {
    if ('tokens' in token && token.tokens) return this.parser.parseInline(token.tokens)
    return escapeText(token.text)
  }

  override html({ text }: Tokens.HTML | Tokens.Tag): string {
    return /^<br\s*\/?>$/i.test(text.trim()) ? '<br>' : escapeHtml(text)
  }

  override heading({ tokens, depth }: Tokens.Heading): string {
    // The page's own headings come first.
    const level = Math.min(depth + 2, 6)
    return `<h${level} data-depth="${depth}">${this.parser.parseInline(tokens)}</h${level}>\n`
  }

  override link({ href, tokens }: Tokens.Link): string {
    const text = this.parser.parseInline(tokens)
    const target = safeHref(href)
    if (target === undefined) return text
    return `<a href="${escapeHtml(target)}" target="_blank" rel="noopener noreferrer nofollow">${text}</a>`
  }

  override image({ href, text }: Tokens.Image): string {
    const label = `🖼 ${escapeHtml(text || 'Image')}`
    const target = safeHref(href)
    if (target === undefined) return label
    const title = 'Images from elsewhere are not loaded. Open it in a new tab.'
    return `<a class="image" href="${escapeHtml(target)}" title="${title}" target="_blank" rel="noopener noreferrer nofollow">${label}</a>`
  }

  override code({ text, lang }: Tokens.Code): string {
    const language = (lang ?? '').trim().split(/\s/, 1)[0] ?? ''
    return codeHtml(language, this.#colour(language, text))
  }

  override table(token: Tokens.Table): string {
    return `<div class="table" role="region" aria-label="Table" tabindex="0">${super.table(token)}</div>\n`
  }

  math({ text, display, raw }: MathToken): string {
    const html = this.#enrichment.math(text, display)
    if (html === undefined) this.wants.add(MATH)
    const shown = html ?? `<code>${escapeHtml(raw.trim())}</code>`
    return display ? `<span class="math display">${shown}</span>` : `<span class="math">${shown}</span>`
  }

  #colour(language: string, code: string): string {
    if (language === '') return escapeHtml(code)
    const html = this.#enrichment.highlight(language, code)
    if (html === undefined) this.wants.add(language)
    return html ?? escapeHtml(code)
  }
}

/** A block of code with its head. The button is served by whoever shows the HTML. */
function codeHtml(language: string, code: string): string {
  const name = escapeHtml(language || 'text')
  return `<div class="code"><div class="code-head"><span>${name}</span><button type="button" data-copy>Copy</button></div><pre tabindex="0"><code>${code}\n</code></pre></div>\n`
}

const plain: Enrichment = { highlight: () => undefined, math: () => undefined }

interface RenderSettings {
  links?: Links
  /** Whether more of the block may come: what is still open (`**bold`, `[link](`) is closed for now. */
  growing?: boolean
  enrichment?: Enrichment
}

export function renderBlock(raw: string, settings: RenderSettings = {}): Rendered {
  const { links = {}, growing = false, enrichment = plain } = settings
  const renderer = new SafeRenderer(enrichment)
  const options = { ...markdownOptions, renderer }
  const lexer = new Lexer(options)
  Object.assign(lexer.tokens.links, links)
  const source = growing ? closeForNow(raw) : raw
  const parser = new Parser({
    ...options,
    extensions: { renderers: { math: (token) => renderer.math(token as MathToken) }, childTokens: {} },
  })
  return { html: parser.parse(lexer.lex(source)), wants: renderer.wants }
}
