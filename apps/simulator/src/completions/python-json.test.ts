import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findJsonProblem } from './python-json.ts'

// Position and message of each are those of a real vLLM.
test.each([
  ['{"model": "x", nope}', 15, 'Expecting property name enclosed in double quotes'],
  ['hello', 0, 'Expecting value'],
  ['{"a":1', 6, "Expecting ',' delimiter"],
  ['{"a":"b', 5, 'Unterminated string starting at'],
  ['{"a":1,}', 7, 'Expecting property name enclosed in double quotes'],
  ['{"a" 1}', 5, "Expecting ':' delimiter"],
  ['[1,]', 3, 'Expecting value'],
  ['{} x', 3, 'Extra data'],
  ['"\\q"', 1, 'Invalid \\escape'],
])('%j', (text, at, message) => expect(findJsonProblem(text)).toEqual({ at, message }))

test('JSON has no flaw', () => {
  fc.assert(fc.property(fc.json(), (text) => findJsonProblem(text) === undefined))
})

test('what JSON.parse refuses has one, unless Python is more lenient', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        JSON.parse(text)
      } catch {
        return findJsonProblem(text) !== undefined || /NaN|Infinity/.test(text)
      }
      return true
    }),
  )
})
