import { expect, test } from 'vitest'
import { ApiKeys } from './api-keys.ts'

const keys = new ApiKeys([
  { owner: 'alice', key: 'a'.repeat(16) },
  { owner: 'bob', key: 'b'.repeat(16) },
])

test.each([
  [`Bearer ${'a'.repeat(16)}`, 'alice'],
  [`bearer   ${'b'.repeat(16)}`, 'bob'],
  [`Bearer ${'a'.repeat(17)}`, undefined],
  [`Bearer ${'a'.repeat(16)} more`, undefined],
  [`Basic ${'a'.repeat(16)}`, undefined],
  ['Bearer ', undefined],
  ['', undefined],
  [undefined, undefined],
])('%j → %s', (header, owner) => {
  expect(keys.owner(header)).toBe(owner)
})

test('without keys everyone is local', () => {
  expect(new ApiKeys([]).owner(undefined)).toBe('local')
})
