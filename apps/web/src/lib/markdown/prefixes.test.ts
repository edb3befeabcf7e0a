import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MarkdownDocument } from './document.ts'
import { inlineSettings, inlineSource, toHtml } from './html.ts'
import type { Block } from './syntax/blocks.ts'
import { InlineText } from './syntax/inline-text.ts'
import { render, renderingOf } from './testing/render.ts'
import { CORPUS } from './testing/corpus.ts'

/** Reads a text piece by piece, as the page does: it never looks at final blocks again, and continues paragraphs. */
class Reader {
  readonly document = new MarkdownDocument()
  readonly #final = new Map<Block, string>()
  #paragraph: { key: number; text: InlineText } | undefined

  /** What the page shows for a text. */
  show(text: string, ending: 'growing' | 'whole' = 'growing'): string {
    const before = this.document.references.size
    const blocks = this.document.update(text, ending)
    const rendering = renderingOf(this.document, ending)
    if (rendering.references.size > before) this.#final.clear()
    return blocks
      .map((block) => {
        const known = this.#final.get(block)
        if (known !== undefined) return known
        if (block.type === 'paragraph') return `<p dir="auto">${this.#inline(block, rendering)}</p>`
        const html = toHtml(block, rendering)
        if (block.final) this.#final.set(block, html)
        return html
      })
      .join('')
  }

  #inline(block: Block & { type: 'paragraph' }, rendering: ReturnType<typeof renderingOf>): string {
    const isSame = this.#paragraph?.key === block.key && rendering.references.size === 0
    if (!isSame || !this.#paragraph) this.#paragraph = { key: block.key, text: new InlineText() }
    const { text } = this.#paragraph
    text.update(inlineSource(block), inlineSettings(block, rendering), rendering.missing)
    return text.settled + text.tail
  }
}

/** Checks that every prefix looks as if it had come at once. */
function check(text: string, steps: readonly number[]): void {
  const reader = new Reader()
  let end = 0
  for (let i = 0; end < text.length; i++) {
    end = Math.min(text.length, end + (steps[i % steps.length] ?? 1))
    const prefix = text.slice(0, end)
    const [shown, whole] = [reader.show(prefix), render(prefix, 'growing')]
    // Calling `expect` for each letter of thousands of texts would take most of the time.
    if (shown !== whole) expect(shown, JSON.stringify(prefix)).toBe(whole)
  }
  expect(reader.show(text, 'whole')).toBe(render(text))
}

test.each(CORPUS)('every prefix of %j shows as it does by itself', (text) => check(text, [1]))

const line = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...CORPUS.flatMap((text) => text.split('\n'))) },
  {
    weight: 3,
    arbitrary: fc
      .array(
        fc.constantFrom(
          ...[
            '  ',
            '> ',
            '- ',
            '1. ',
            '    ',
            '\t',
            '*',
            '**',
            '_',
            '~~',
            '`',
            '``',
            '[',
            ']',
            '](',
            '![',
            ')',
            '<',
          ],
          ...[
            'https://a.example/x',
            'a@b.example',
            '$',
            '$$',
            '\\(',
            '\\)',
            '\\[',
            '\\]',
            '|',
            '---',
            '===',
            '# ',
          ],
          ...[
            'word ',
            'a',
            ' ',
            '，',
            '发展',
            '"',
            '\\',
            '&amp;',
            '[a]: https://a.example',
            '```',
            '~~~',
            '\r',
          ],
        ),
        { maxLength: 9 },
      )
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
)
const steps = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 })

test('every prefix of what chance puts together shows as it does by itself', () => {
  const property = fc.property(fc.array(line, { maxLength: 12 }), steps, (lines, sizes) =>
    check(lines.join('\n'), sizes),
  )
  fc.assert(property, { numRuns: 400 })
})

test('long paragraphs settle, and every prefix shows as it does by itself', () => {
  const word = fc.constantFrom(
    'word ',
    '**bold** ',
    '*x ',
    '`code` ',
    '[a](https://a.example) ',
    '[a] ',
    '，中文。',
    '$5 ',
    'a_b ',
    '~~x~~ ',
    '\n',
    '\\( ',
    '<br> ',
  )
  const property = fc.property(
    fc.array(word, { minLength: 40, maxLength: 90 }),
    fc.integer({ min: 7, max: 31 }),
    (words, size) => check(words.join(''), [size]),
  )
  fc.assert(property, { numRuns: 60 })
})
