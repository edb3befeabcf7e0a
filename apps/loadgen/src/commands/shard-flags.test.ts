import { expect, test } from 'vitest'
import { shardOptionsOf } from './shard-flags.ts'

const at = (time: string) => shardOptionsOf({ shard: undefined, 'start-at': time })

test('--start-at is a moment only with a zone', () => {
  expect(at('2999-01-31T14:05:00Z')).toEqual({ startAt: Date.UTC(2999, 0, 31, 14, 5) })
  expect(at('2999-01-31T14:05+02:00')).toEqual({ startAt: Date.UTC(2999, 0, 31, 12, 5) })
  expect(() => at('2999-01-31T14:05:00')).toThrow(
    /^--start-at 2999-01-31T14:05:00: has no zone; write 2999-01-31T14:05:00Z for UTC, or 2999-01-31T14:05:00[+-]\d\d:\d\d for the time of this machine$/,
  )
  expect(() => at('2999-01-31 14:05')).toThrow(/write 2999-01-31T14:05Z for UTC, or/)
})

test.each(['tomorrow', '2999-01-31', '14:05Z', '2999-02-30T10:00:00Z', '2999-01-31T25:00Z', '5', ' '])(
  '--start-at %s is refused with an example',
  (time) => {
    expect(() => at(time)).toThrow('is no time such as')
  },
)

test('--start-at is to come', () => {
  expect(() => at('2001-01-31T14:05:00Z')).toThrow('is past')
})
