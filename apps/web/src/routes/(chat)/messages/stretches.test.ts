import fc from 'fast-check'
import { expect, test } from 'vitest'
import { STRETCH, stretchesOf } from './stretches.ts'

const numbers = (length: number): number[] => Array.from({ length }, (_, i) => i)

test('all from the start on is there once, in order, and each message in the stretch of its place', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.nat(60), (length, start) => {
      const stretches = stretchesOf(numbers(length), start)
      expect(stretches.flatMap(({ messages }) => messages)).toEqual(numbers(length).slice(start))
      for (const { from, messages } of stretches) {
        expect(messages.length).toBeGreaterThan(0)
        for (const message of messages) expect(message - (message % STRETCH)).toBe(from)
      }
    }),
  )
})
