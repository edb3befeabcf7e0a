import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventLines } from './event-lines.ts'

const datum = fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify({ text }))

test('events are the same however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(datum),
      fc.constantFrom('\n', '\r\n'),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      (data, end, sizes) => {
        const text = data.map((one) => `: comment${end}data: ${one}${end}${end}`).join('')
        const bytes = Buffer.from(text)
        const seen: string[] = []
        const lines = new EventLines((one) => seen.push(one))
        for (let from = 0; from < bytes.length;) {
          const size = sizes.next().value as number
          lines.push(bytes.subarray(from, from + size))
          from += size
        }
        expect(seen).toEqual(data)
      },
    ),
  )
})
