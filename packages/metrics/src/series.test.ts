import fc from 'fast-check'
import { expect, test } from 'vitest'
import { labelsKey, labelsWithout } from './series.ts'
import { anyText, labelName } from './testing/arbitrary-exposition.ts'

const pairs = fc.uniqueArray(fc.tuple(labelName, anyText), { selector: ([name]) => name, maxLength: 5 })

test('a key is the same in any order and for no other labels', () => {
  fc.assert(
    fc.property(pairs, pairs, (some, others) => {
      const key = labelsKey(Object.fromEntries(some))
      expect(labelsKey(Object.fromEntries(some.toReversed()))).toBe(key)
      const sorted = (list: [string, string][]) => list.toSorted(([a], [b]) => (a < b ? -1 : 1))
      const same = JSON.stringify(sorted(some)) === JSON.stringify(sorted(others))
      expect(labelsKey(Object.fromEntries(others)) === key).toBe(same)
    }),
  )
})

test('labels without one of them', () => {
  expect(labelsWithout({ a: '1', le: '2' }, 'le')).toEqual({ a: '1' })
  expect(labelsWithout({ a: '1' }, 'le')).toEqual({ a: '1' })
})
