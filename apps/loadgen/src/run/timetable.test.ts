import { expect, test } from 'vitest'
import { RunClock, processMs } from './run-clock.ts'
import { Timetable } from './timetable.ts'

const started = () => {
  const clock = new RunClock(processMs())
  return { clock, timetable: new Timetable(clock) }
}

test('nothing is early, and all come in order', async () => {
  const { clock, timetable } = started()
  const moments = Array.from({ length: 300 }, (_, index) => (index * 7919) % 300).map((n) => 20 + n * 0.7)
  const seen: { dueMs: number; atMs: number }[] = []
  await Promise.all(
    moments.map(
      (dueMs) =>
        new Promise<void>((resolve) => {
          timetable.at(dueMs, () => {
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
  const { timetable } = started()
  const seen: string[] = []
  const takeBack = timetable.at(10, () => seen.push('taken back'))
  timetable.at(-5, () => seen.push('past'))
  takeBack()
  expect(await timetable.until(30)).toBe(true)
  expect(seen).toEqual(['past'])
})

test('a release lets everybody go who waits, and nothing else', async () => {
  const { timetable } = started()
  let happened = false
  const event = new Promise<void>((resolve) =>
    timetable.at(40, () => {
      happened = true
      resolve()
    }),
  )
  const waiting = [timetable.until(60_000), timetable.until(90_000)]
  timetable.release()
  expect(await Promise.all(waiting)).toEqual([false, false])
  expect(happened).toBe(false)
  await event
  timetable.close()
  expect(await timetable.until(1)).toBe(false)
})
