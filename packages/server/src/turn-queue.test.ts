import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { TurnQueue } from './turn-queue.ts'

test('one call is let in per turn, in order, after what goes before each', async () => {
  const done: string[] = []
  const queue = new TurnQueue(() => done.push('before'))
  queue.enter(() => done.push('a'))
  queue.enter(() => done.push('b'))
  expect(done).toEqual([])
  await nextTurn()
  expect(done).toEqual(['before', 'a'])
  await nextTurn()
  expect(done).toEqual(['before', 'a', 'before', 'b'])
})
