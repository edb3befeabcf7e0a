import { expect, test } from 'vitest'
import { RunClock, processMs } from './run-clock.ts'
import { Scheduler } from './scheduler.ts'

const started = () => {
  const clock = new RunClock(processMs())
  return { clock, scheduler: new Scheduler(clock) }
}

test('nothing is early, and all come in order', async () => {
  const { clock, scheduler } = started()
  const moments = Array.from({ length: 300 }, (_, index) => (index * 7919) % 300).map((n) => 20 + n * 0.7)
  const seen: { dueMs: number; atMs: number }[] = []
  await Promise.all(
    moments.map(
      (dueMs) =>
        new Promise<void>((resolve) => {
          scheduler.at(dueMs, () => {
            seen.push({ dueMs, atMs: clock.now() })
            resolve()
          })
        }),
    ),
  )
  expect(seen.map(({ dueMs }) => dueMs)).toEqual(moments.toSorted((a, b) => a - b))
  for (const { dueMs, atMs } of seen) expect(atMs).toBeGreaterThanOrEqual(dueMs)
  const late = seen.map(({ dueMs, atMs }) => atMs - dueMs).sort((a, b) => a - b)
  // A noisy machine is late at times, but not most of the time; `calibrate` has the real figure.
  expect(late[150]).toBeLessThan(5)
})

test('what is taken back does not happen, what is past happens soon', async () => {
  const { scheduler } = started()
  const seen: string[] = []
  const takeBack = scheduler.at(10, () => seen.push('taken back'))
  scheduler.at(-5, () => seen.push('past'))
  takeBack()
  expect(await scheduler.until(30)).toBe(true)
  expect(seen).toEqual(['past'])
})

test('a release lets everybody go who waits, and nothing else', async () => {
  const { scheduler } = started()
  let happened = false
  const event = new Promise<void>((resolve) =>
    scheduler.at(40, () => {
      happened = true
      resolve()
    }),
  )
  const waiting = [scheduler.until(60_000), scheduler.until(90_000)]
  scheduler.release()
  expect(await Promise.all(waiting)).toEqual([false, false])
  expect(happened).toBe(false)
  await event
  scheduler.close()
  expect(await scheduler.until(1)).toBe(false)
})
