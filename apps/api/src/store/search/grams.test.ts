import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldCase, gramsOf, queryGrams } from './grams.ts'
import { filled, text } from './testing/texts.ts'

test('grams of one and two code units are exact, and a text has all grams of its parts', () => {
  fc.assert(
    fc.property(
      text(40),
      fc.nat(),
      fc.integer({ min: 1, max: 60 }),
      filled(2),
      (whole, from, length, other) => {
        const folded = foldCase(whole)
        const grams = new Set(gramsOf([folded]))
        const part = folded.slice(from % folded.length).slice(0, length)
        for (const gram of queryGrams(part).grams) expect(grams).toContain(gram)
        const query = queryGrams(foldCase(other))
        if (query.exact)
          expect(query.grams.every((gram) => grams.has(gram))).toBe(folded.includes(foldCase(other)))
      },
    ),
    { numRuns: 2_000 },
  )
})
