import type { TokenizerAndRendererExtension, Tokens } from 'marked'

export interface MathToken extends Tokens.Generic {
  type: 'math'
  /** Formula in TeX. */
  text: string
  display: boolean
}

function math(raw: string, text: string, display: boolean): MathToken {
  return { type: 'math', raw, text: text.trim(), display }
}

// No blank line inside, as TeX has it: so what never closes ends soon.
const BLOCK =
  /^ {0,3}(?:\$\$((?:(?!\n[ \t]*\n)[^$])+?)\$\$|\\\[((?:(?!\n[ \t]*\n)[\s\S])+?)\\\])[ \t]*(?:\n|$)/
const INLINE_DISPLAY = /^(?:\$\$([^$]+?)\$\$|\\\[([\s\S]+?)\\\])/
const INLINE_PARENTHESES = /^\\\(([^\n]+?)\\\)/
// As pandoc has it: no blank just inside the signs and no digit after them, so that prices stay prices.
const INLINE_DOLLAR = /^\$(?!\s)((?:\\[^\n]|[^\\$\n])+?)(?<!\s)\$(?!\d)/

/** `$$…$$`, `\[…\]`, `\(…\)` and `$…$`, as models write them. */
export const mathExtensions: TokenizerAndRendererExtension[] = [
  {
    name: 'math',
    level: 'block',
    // No `start`: inside a paragraph it is the inline rule that finds formulas.
    tokenizer(source) {
      const match = BLOCK.exec(source)
      return match ? math(match[0], match[1] ?? match[2] ?? '', true) : undefined
    },
  },
  {
    name: 'math',
    level: 'inline',
    start: (source) => /\$|\\[([]/.exec(source)?.index,
    tokenizer(source) {
      const display = INLINE_DISPLAY.exec(source)
      if (display) return math(display[0], display[1] ?? display[2] ?? '', true)
      const inline = INLINE_PARENTHESES.exec(source) ?? INLINE_DOLLAR.exec(source)
      return inline ? math(inline[0], inline[1] ?? '', false) : undefined
    },
  },
]

/** Whether `source` begins with a formula that may still close after what is there now. */
export function mayHoldOpenMath(source: string): boolean {
  return /^ {0,3}(?:\$\$|\\\[)/.test(source) && !/\n[ \t]*\n/.test(source)
}
