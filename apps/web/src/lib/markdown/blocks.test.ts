import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Block } from './blocks.ts'
import { BlockSplitter } from './blocks.ts'

const raws = (blocks: Block[]) => blocks.map((block) => block.raw)

const whole = (text: string) => raws(new BlockSplitter().update(text, true))

const ANSWER = `# Title

A paragraph with **bold** and
a second line.

- one
- two

  more of two

1. first
2. second

| a | b |
|---|---|
| 1 | 2 |

\`\`\`\`python
print("\`\`\`")

\`\`\`
\`\`\`\`

> quoted
continued

$$
x^2
$$

Last $x$ line
===
end`

test('blocks are the top-level parts, and together the text', () => {
  const blocks = whole(ANSWER)
  expect(blocks.join('')).toBe(ANSWER)
  expect(blocks.map((raw) => raw.slice(0, 8))).toEqual([
    '# Title\n',
    'A paragr',
    '- one\n- ',
    '1. first',
    '| a | b ',
    '````pyth',
    '> quoted',
    '$$\nx^2\n$',
    'Last $x$',
    'end',
  ])
})

test('letter by letter comes to the same, and a settled block never changes again', () => {
  const splitter = new BlockSplitter()
  let settled: Block[] = []
  for (let end = 1; end <= ANSWER.length; end++) {
    const blocks = splitter.update(ANSWER.slice(0, end))
    expect(raws(blocks).join('')).toBe(ANSWER.slice(0, end))
    settled.forEach((block, i) => expect(blocks[i]).toBe(block))
    settled = blocks.filter((block) => block.settled)
  }
  expect(raws(splitter.update(ANSWER, true))).toEqual(whole(ANSWER))
})

const line = fc.oneof(
  fc.constantFrom(
    '',
    'text *em* more',
    '- item',
    '* item',
    '  deeper',
    '1. one',
    '10) ten',
    '# head',
    '===',
    '---',
    '```js',
    '```',
    '~~~',
    '````',
    '    code',
    '> quote',
    '| a | b |',
    '|---|---|',
    '$$',
    'x = 1',
    '\\[',
    '\\]',
    '<div>',
    '</div>',
    '中文 emoji 👩‍👩‍👧',
  ),
  fc.string({ maxLength: 12 }),
)

test('however the text is cut up, the blocks are those of the whole', () => {
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 14 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
      (lines, steps) => {
        const text = lines.join('\n').replaceAll('\r', '')
        const splitter = new BlockSplitter()
        let end = 0
        for (let i = 0; end < text.length; i++) {
          end += steps[i % steps.length] ?? 1
          expect(raws(splitter.update(text.slice(0, end))).join('')).toBe(text.slice(0, end))
        }
        expect(raws(splitter.update(text, true))).toEqual(whole(text))
      },
    ),
    { numRuns: 1_000 },
  )
})

test('an open fence is one block whose code grows, and coloured only once closed', () => {
  const splitter = new BlockSplitter()
  const at = (text: string) => splitter.update(text).at(-1)
  expect(at('Look:\n\n```ts\ncon')).toMatchObject({ fence: { language: 'ts', code: 'con' } })
  expect(at('Look:\n\n```ts\nconst a = 1\n``')).toMatchObject({ fence: { code: 'const a = 1\n``' } })
  expect(at('Look:\n\n```ts\nconst a = 1\n```')?.fence).toBeDefined()
  expect(at('Look:\n\n```ts\nconst a = 1\n```\n')?.fence).toBeUndefined()
})

test('a long answer in one fence is never cut again from its start', () => {
  const splitter = new BlockSplitter()
  let text = '```py\n'
  const start = performance.now()
  for (let i = 0; i < 5_000; i++) {
    text += `value_${i} = ${i}\n`
    splitter.update(text)
  }
  expect(splitter.update(text)).toHaveLength(1)
  expect(performance.now() - start).toBeLessThan(5_000)
})

test('another text starts anew, and links defined below are known', () => {
  const splitter = new BlockSplitter()
  splitter.update('[a]: https://a.example\n\nmore\n\nand')
  expect(splitter.links['a']?.href).toBe('https://a.example')
  expect(raws(splitter.update('new'))).toEqual(['new'])
  expect(splitter.links).toEqual({})
})

test('the same text again is the same blocks again, so that nothing is rendered twice', () => {
  const splitter = new BlockSplitter()
  const growing = splitter.update('one\n\ntwo')
  expect(splitter.update('one\n\ntwo')).toBe(growing)
  const finished = splitter.update('one\n\ntwo', true)
  expect(finished.every(({ settled }) => settled)).toBe(true)
  expect(splitter.update('one\n\ntwo', true)).toBe(finished)
})

test('line ends of other systems are line ends', () => {
  expect(whole('a\r\n\r\nb\rc')).toEqual(['a\n\n', 'b\nc'])
})
