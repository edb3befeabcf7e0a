import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TextRun } from './text-run.ts'

test('reads from any position as a plain string would', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 300 }),
      fc.nat(100),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 2, max: 500 }),
      (pieces, start, share, max) => {
        const run = new TextRun('delta', start)
        for (const text of pieces) run.append(text)
        const whole = pieces.join('')
        const offset = Math.floor(share * (whole.length - 1))
        expect(run.end).toBe(start + whole.length)
        expect(run.read(start + offset)).toBe(whole.slice(offset))
        const some = run.read(start + offset, max)
        expect(whole.startsWith(some, offset)).toBe(true)
        expect(some.length).toBeGreaterThanOrEqual(Math.min(max - 1, whole.length - offset))
        expect(some.length).toBeLessThanOrEqual(max)
      },
    ),
  )
})
