import { expect, test } from 'vitest'
import { languageOf, writeAnswer } from './writer.ts'

const write = (message: string, seed = 1, least = 0) =>
  writeAnswer(message, seed, least)
    .map((token) => token.text)
    .join('')

test('the same message and seed give the same answer, another seed another', () => {
  expect(write('tell me something')).toBe(write('tell me something'))
  expect(write('tell me something', 2)).not.toBe(write('tell me something', 3))
})

test('the answer is in the language of the question', () => {
  expect(languageOf(write('请介绍一下长城'))).toBe('zh')
  expect(languageOf(write('Tell me about walls'))).toBe('en')
})

test.each([
  ['Please compare them in a table', /\|---|\|:--|\|--/],
  ['Write a Python function', /```/],
  ['用表格比较一下', /\|/],
  ['Show me the formula', /\$/],
  ['Give me a list of steps', /^(\d\.|[-*]) /m],
])('%j gets what it asks for', (message, shape) => expect(write(message)).toMatch(shape))

test('long and short are honoured, and an answer goes on until it has the tokens that are needed', () => {
  expect(write('a short answer please').split('\n\n').length).toBeLessThanOrEqual(5)
  expect(write('a long essay please').length).toBeGreaterThan(2500)
  expect(writeAnswer('hi', 1, 20_000).length).toBeGreaterThanOrEqual(20_000)
})
