import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHUNK, chunksOf } from './message-chunks.ts'

const numbers = (length: number): number[] => Array.from({ length }, (_, i) => i)

test('all from the start on is there once, in order, and each message in the chunk of its place', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.nat(60), (length, start) => {
      const chunks = chunksOf(numbers(length), start)
      expect(chunks.flatMap(({ messages }) => messages)).toEqual(numbers(length).slice(start))
      for (const { from, messages } of chunks) {
        expect(messages.length).toBeGreaterThan(0)
        for (const message of messages) expect(message - (message % CHUNK)).toBe(from)
      }
    }),
  )
})
