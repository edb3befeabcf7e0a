import { expect, test } from 'vitest'
import { visible, visibleLine } from './visible.ts'

test.each([
  ['\x1b[2J', String.raw`\u001b[2J`],
  ['\x9b2J', String.raw`\u009b2J`],
  ['\x07\x7f\0', String.raw`\u0007\u007f\u0000`],
  ['safe\rfake', String.raw`safe\rfake`],
  ['gpt\u200b-4 \u202eexe', String.raw`gpt\u200b-4 \u202eexe`],
  ['\u2066a\u2069\u2028', String.raw`\u2066a\u2069\u2028`],
  ['\u{e0041}\ud800', String.raw`\udb40\udc41\ud800`],
  ['naïve 你好 😀 – “quoted” |', 'naïve 你好 😀 – “quoted” |'],
])('%j is shown as it is', (text, shown) => {
  expect(visible(text)).toBe(shown)
  expect(visible(`${text}\n\t`)).toBe(`${shown}\n\t`)
  expect(visibleLine(`${text}\n\t`)).toBe(String.raw`${shown}\n\t`)
})

test('JSON says the same when it is escaped once more', () => {
  const value = { text: 'a\u009bb\u202e\u{e0041}\x7f\n"\\' }
  expect(JSON.parse(visibleLine(JSON.stringify(value)))).toEqual(value)
})
