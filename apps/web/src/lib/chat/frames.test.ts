import { expect, test } from 'vitest'
import { FramePacer } from './frames.ts'

function frames() {
  const waiting = new Set<() => void>()
  return {
    waiting,
    schedule: (draw: () => void) => {
      waiting.add(draw)
      return () => waiting.delete(draw)
    },
    next: () => {
      const due = [...waiting]
      waiting.clear()
      for (const draw of due) draw()
    },
  }
}

test('however often it is asked, it draws once a frame', () => {
  const { schedule, next, waiting } = frames()
  let drawn = 0
  const pacer = new FramePacer(() => drawn++, schedule)
  for (let i = 0; i < 300; i++) pacer.request()
  expect(drawn).toBe(0)
  expect(waiting.size).toBe(1)
  next()
  expect(drawn).toBe(1)
  next()
  expect(drawn).toBe(1)
  pacer.request()
  next()
  expect(drawn).toBe(2)
})

test('a flush draws at once what was asked for, and only then', () => {
  const { schedule, next, waiting } = frames()
  let drawn = 0
  const pacer = new FramePacer(() => drawn++, schedule)
  pacer.flush()
  expect(drawn).toBe(0)
  pacer.request()
  pacer.flush()
  expect([drawn, waiting.size]).toEqual([1, 0])
  next()
  expect(drawn).toBe(1)
})
