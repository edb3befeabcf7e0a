import { expect, test } from 'vitest'
import { IdleGrowth } from './idle-growth.svelte.ts'

function idle() {
  const waiting: (() => void)[] = []
  return {
    waiting,
    schedule: (run: () => void) => {
      waiting.push(run)
      return () => void waiting.splice(waiting.indexOf(run), 1)
    },
  }
}

test('the end comes first, the rest piece by piece', () => {
  const { waiting, schedule } = idle()
  const growth = new IdleGrowth(schedule)
  growth.begin(40)
  const starts = [growth.startOf(40)]
  for (let run = waiting.shift(); run; run = waiting.shift()) {
    run()
    starts.push(growth.startOf(40))
  }
  expect(starts).toEqual([24, 8, 0])
  // The whole conversation is shown now: messages that are added later push nothing out.
  expect(growth.startOf(4_000)).toBe(0)
})

test('a short conversation is there at once, and another one begins anew', () => {
  const { waiting, schedule } = idle()
  const growth = new IdleGrowth(schedule)
  growth.begin(5)
  expect([growth.startOf(5), waiting.length]).toEqual([0, 0])
  growth.reset()
  growth.begin(100)
  growth.begin(50)
  expect([growth.startOf(50), waiting.length]).toEqual([34, 1])
  growth.stop()
  expect(waiting).toEqual([])
})
