import { expect, test } from 'vitest'
import { groupByDay } from './days.ts'

const now = new Date(2026, 10, 22, 0, 5).getTime()
const item = (date: Date) => ({ updatedAt: date.toISOString() })
const label = (date: Date) => groupByDay([item(date)], now)[0]?.label

test('days are the reader’s own, not spans of 24 hours', () => {
  expect(label(new Date(2026, 10, 22, 0, 1))).toBe('Today')
  expect(label(new Date(2026, 10, 21, 23, 59))).toBe('Yesterday')
  expect(label(new Date(2026, 10, 16, 1))).toBe('Past week')
  expect(label(new Date(2026, 10, 15))).toBe('Past month')
  expect(label(new Date(2026, 8, 3))).toBe('September')
  expect(label(new Date(2025, 8, 3))).toBe('September 2025')
  expect(label(new Date(2027, 0, 1))).toBe('Today')
})

test('order stays, and each heading comes once', () => {
  const groups = groupByDay(
    [new Date(2026, 10, 22), new Date(2026, 10, 22), new Date(2026, 10, 1)].map(item),
    now,
  )
  expect(groups.map(({ label: name, items }) => [name, items.length])).toEqual([
    ['Today', 2],
    ['Past month', 1],
  ])
})
