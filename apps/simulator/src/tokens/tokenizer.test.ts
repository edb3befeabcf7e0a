import fc from 'fast-check'
import { expect, test } from 'vitest'
import { promptTokens } from './template.ts'
import { tokenize } from './tokenizer.ts'

const join = (text: string) =>
  tokenize(text)
    .map((token) => token.text)
    .join('')

test.each([
  '',
  'Hello world',
  '你好，世界！',
  '👍🏽 yes 👨‍👩‍👧',
  'a\r\n\n  b\t c',
  'naïve café',
  '\u0000\ufffd',
  'e\u0301',
])('the pieces of %j join to it', (text) => expect(join(text)).toBe(text))

test('the pieces of any text join to it', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => join(text) === text))
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => join(text) === text))
})

test('an emoji takes several tokens, and only the last shows it', () => {
  expect(tokenize(' 👍').map((token) => token.text)).toEqual(['', '', ' 👍'])
})

test('sizes are plausible: about four letters a token in English, about one token a character in Chinese', () => {
  const english = 'The sea is a vast and mysterious realm, unending in its endless variety of colours.'
  expect(tokenize(english).length).toBeGreaterThan(english.length / 6)
  expect(tokenize(english).length).toBeLessThan(english.length / 3)
  const chinese = '大海是一个广阔而神秘的世界，充满了无穷的变化。'
  expect(tokenize(chinese).length).toBeGreaterThanOrEqual(chinese.length)
  expect(tokenize(chinese).length).toBeLessThan(chinese.length * 1.6)
})

test('tokens are shown in the byte alphabet', () => {
  expect(
    tokenize(' a\n你')
      .map((token) => token.shown)
      .join(''),
  ).toBe('ĠaĊä½ł')
})

test('a template adds its own tokens, and a system prompt replaces the default one', () => {
  const bare = promptTokens([{ role: 'user', content: 'hi' }])
  expect(bare.length).toBeGreaterThan(12)
  const own = promptTokens([
    { role: 'system', content: 'x' },
    { role: 'user', content: 'hi' },
  ])
  expect(own.length).toBeLessThan(bare.length)
})
