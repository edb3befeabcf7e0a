import { expect, test } from 'vitest'
import { systemClock } from './clock.ts'

test('a wait that is longer than a timer of Node can be is not over at once', async () => {
  let woken = false
  const cancel = systemClock.after(1e18, () => (woken = true))
  await new Promise<void>((resolve) => systemClock.after(20, resolve))
  cancel()
  expect(woken).toBe(false)
})
