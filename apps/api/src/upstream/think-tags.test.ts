import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ThinkTags } from './think-tags.ts'

function split(text: string, cuts: readonly number[]): { reasoning: string; delta: string } {
  const out = { reasoning: '', delta: '' }
  const tags = new ThinkTags((kind, piece) => (out[kind] += piece))
  let at = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    if (cut > at) tags.push(text.slice(at, cut))
    at = Math.max(at, Math.min(cut, text.length))
  }
  if (at < text.length) tags.push(text.slice(at))
  tags.end()
  return out
}

test.each([
  ['<think>why</think>because', { reasoning: 'why', delta: 'because' }],
  ['\n<think>why\n</think>\n\nbecause', { reasoning: 'why\n', delta: 'because' }],
  ['<think></think>yes', { reasoning: '', delta: 'yes' }],
  ['<think>never closed </thin', { reasoning: 'never closed </thin', delta: '' }],
  ['a <think>b</think> c', { reasoning: '', delta: 'a <think>b</think> c' }],
  ['<thing>', { reasoning: '', delta: '<thing>' }],
  ['  <thi', { reasoning: '', delta: '  <thi' }],
  ['', { reasoning: '', delta: '' }],
])('%j', (text, expected) => {
  expect(split(text, [])).toEqual(expected)
})

test('however the text is cut, the same comes out', () => {
  const part = fc.constantFrom('<think>', '</think>', '<', 'th', ' ', '\n', 'word', '</', '>', '思考')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(60)), (parts, cuts) => {
      const text = parts.join('')
      expect(split(text, cuts)).toEqual(split(text, []))
    }),
    { numRuns: 500 },
  )
})
