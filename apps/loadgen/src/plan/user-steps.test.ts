import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UserSteps } from './user-steps.ts'

test('constant users are there from the start to the end', () => {
  const steps = new UserSteps(7, [{ users: 7, duration: 5_000 }])
  expect([-1, 0, 2_500, 4_999, 5_000, 9_000].map((ms) => steps.usersAt(ms))).toEqual([0, 7, 7, 7, 0, 0])
  expect([...steps.changes()]).toEqual([0, 5_000])
})

test('a ramp rises and falls in whole users, each as the line passes half of them', () => {
  const steps = new UserSteps(0, [
    { duration: 4_000, users: 4 },
    { duration: 1_000, users: 4 },
    { duration: 2_000, users: 2 },
  ])
  expect([...steps.changes()]).toEqual([0, 500, 1_500, 2_500, 3_500, 5_500, 6_500, 7_000])
  expect(
    [0, 499, 500, 1_500, 3_499, 3_500, 5_499, 5_500, 6_500, 6_999, 7_000].map((ms) => steps.usersAt(ms)),
  ).toEqual([0, 0, 1, 2, 3, 4, 4, 3, 2, 2, 0])
})

const stages = fc.array(
  fc.record({ duration: fc.integer({ min: 1, max: 100_000 }), users: fc.integer({ min: 0, max: 300 }) }),
  { minLength: 1, maxLength: 6 },
)

test('whatever the stages: changes ascend, nothing changes between them, and users keep to the line', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 300 }),
      stages,
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (start, list, part) => {
        const steps = new UserSteps(start, list)
        const changes = [...steps.changes()]
        expect(changes[0]).toBe(0)
        expect(changes.at(-1)).toBe(steps.durationMs)
        expect(steps.usersAt(steps.durationMs)).toBe(0)
        for (const [index, at] of changes.slice(0, -1).entries()) {
          const next = changes[index + 1] ?? NaN
          expect(next).toBeGreaterThanOrEqual(at)
          if (next > at) expect(steps.usersAt(at + (next - at) * part)).toBe(steps.usersAt(at))
        }
        const ms = part * steps.durationMs
        expect(Math.abs(steps.usersAt(ms) - line(start, list, ms))).toBeLessThanOrEqual(0.5 + 1e-6)
      },
    ),
  )
})

function line(start: number, list: readonly { duration: number; users: number }[], ms: number): number {
  let from = start
  let fromMs = 0
  for (const { duration, users } of list) {
    if (ms < fromMs + duration) return from + ((users - from) * (ms - fromMs)) / duration
    from = users
    fromMs += duration
  }
  return from
}
