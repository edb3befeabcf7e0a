import { expect, test } from 'vitest'
import { BoundedLabel } from './bounded-label.ts'

test('only what was added is known', () => {
  const label = new BoundedLabel({ other: 'other' })
  expect(label.value('a')).toBe('other')
  expect(label.add('a')).toBe(true)
  expect(label.add('a')).toBe(false)
  expect(label.value('a')).toBe('a')
  expect(label.value('b')).toBe('other')
})

test('the stand-in itself is never new', () => {
  expect(new BoundedLabel({ other: 'other' }).add('other')).toBe(false)
})

test('a shape lets values in, up to a number', () => {
  const label = new BoundedLabel({ other: 'OTHER', admits: /^[A-Z]+$/, max: 3 })
  expect(['A', 'b', 'B', 'C', 'A'].map((value) => label.value(value))).toEqual([
    'A',
    'OTHER',
    'B',
    'OTHER',
    'A',
  ])
})
