import { Session } from 'node:inspector'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inlineSettings, inlineSource, toHtml } from './html.ts'
import { MarkdownDocument } from './document.ts'
import { InlineText } from './syntax/inline-text.ts'
import { HOSTILE } from './testing/hostile.ts'
import { render, renderingOf } from './testing/render.ts'

// Work is counted, not timed: V8 counts how often each block of our code is run.

const session = new Session()

beforeAll(() => {
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
})
afterAll(() => session.disconnect())

/** Number of code blocks run in the Markdown modules. Running time is proportional to it. */
function workOf(run: () => void): number {
  const take = (): number => {
    let sum = 0
    // The session answers synchronously, within the call.
    session.post('Profiler.takePreciseCoverage', (_, { result }) => {
      for (const { url, functions } of result) {
        if (!url.includes('/lib/markdown/') || /\/testing\/|\.test\./.test(url)) continue
        for (const { ranges } of functions) for (const { count } of ranges) sum += count
      }
    })
    return sum
  }
  take()
  run()
  return take()
}

test.each(Object.keys(HOSTILE))('work on "%s" grows with its length alone', (name) => {
  const work = (chars: number) => {
    const text = HOSTILE[name]?.(chars) ?? ''
    return workOf(() => {
      render(text)
      render(text, 'growing')
    })
  }
  const [once, fourTimes] = [work(3_000), work(12_000)]
  expect(fourTimes).toBeLessThan(6 * once + 2_000)
})

// Coverage does not count the work of regular expressions. If it grew with the square of this length, this
// test would take a minute.
test.each(Object.keys(HOSTILE).filter((name) => name.includes('blanks')))('%s are passed once', (name) => {
  const text = HOSTILE[name]?.(100_000) ?? ''
  for (const ending of ['whole', 'growing'] as const) expect(render(text, ending)).not.toBe('')
})

/** Reads a text as it comes in, 4 characters at a time, with the page's parsers. */
function stream(text: string): void {
  const document = new MarkdownDocument()
  let paragraph = { key: 0, text: new InlineText() }
  for (let end = 4; end < text.length; end += 4) {
    const last = document.update(text.slice(0, end), 'growing').at(-1)
    const rendering = renderingOf(document, 'growing')
    if (last?.type === 'paragraph') {
      if (paragraph.key !== last.key) paragraph = { key: last.key, text: new InlineText() }
      paragraph.text.update(inlineSource(last), inlineSettings(last, rendering), rendering.missing)
    } else if (last && 'children' in last) {
      for (const child of last.children.slice(-3))
        if (!child.final) toHtml({ ...last, children: [child] }, rendering)
    }
  }
}

const BLOCKS: [name: string, head: string, part: string][] = [
  ['list', '', '- an **item** of the list\n'],
  ['nested list', '', '- an item\n  - one in it\n'],
  ['table', '| a | b |\n|---|---|\n', '| one | `two` |\n'],
  ['quote', '', '> a quoted paragraph\n>\n'],
  ['paragraph', '', 'Some **bold** words and `code`, $5 and so on. '],
  ['paragraph of lines', '', 'Roses are red\n'],
  ['code', '```\n', 'some code\n'],
  ['formula', '$$\n', 'x + y\n'],
]

test.each(BLOCKS)('a token costs no more in a long %s than in a short one', (_, head, part) => {
  const work = (parts: number) => workOf(() => stream(head + part.repeat(parts)))
  const [once, fourTimes] = [work(40), work(160)]
  expect(fourTimes).toBeLessThan(5 * once)
})

test('work that grows with the square would be seen', () => {
  const work = (chars: number) =>
    workOf(() => {
      for (let end = 0; end < chars; end += 10) render('*a_'.repeat(end / 3))
    })
  const [once, fourTimes] = [work(300), work(1_200)]
  expect(once).toBeGreaterThan(10_000)
  expect(fourTimes).toBeGreaterThan(10 * once)
})
