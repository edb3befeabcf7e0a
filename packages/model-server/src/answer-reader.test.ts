import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AnswerEnd, AnswerReader } from './answer-reader.ts'
import { recordedBehaviours } from './testing/recorded-behaviours.ts'

interface Read {
  text: string
  end: AnswerEnd
}

function read(bytes: Buffer, cuts: readonly number[], type: string | null): Read {
  let text = ''
  const reader = new AnswerReader(
    { piece: (content, reasoning) => (text += reasoning + content), usage: () => {} },
    type,
  )
  // One buffer for all reads, overwritten each time, as the load tester's sockets have it.
  const shared = Buffer.alloc(Math.max(1, bytes.length))
  let at = 0
  for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
    const end = Math.min(cut, bytes.length)
    bytes.copy(shared, 0, at, end)
    reader.push(shared.subarray(0, end - at))
    shared.fill(0x7b)
    at = end
  }
  const end = reader.end()
  return { text, end }
}

const streams = recordedBehaviours
  .flatMap(({ responses }) => responses)
  .map(({ body, type = 'text/event-stream' }) => ({
    bytes: Buffer.concat(body.map((chunk) => Buffer.from(chunk))),
    type,
  }))
  .filter(({ bytes }) => bytes.length < 10_000)
const cuts = fc.array(fc.nat(1_500), { maxLength: 40 })

test('blanks before an answer cost no more than they are long', () => {
  let text = ''
  const reader = new AnswerReader({ piece: (content) => (text += content), usage: () => {} })
  const blanks = Buffer.alloc(1_024, '\r\n')
  for (let kibibytes = 0; kibibytes < 4_096; kibibytes++) reader.push(blanks)
  reader.push(Buffer.from('data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\n'))
  expect(reader.end()).toMatchObject({ kind: 'finished' })
  expect(text).toBe('Hello')
})

test('every recorded answer is read to the same however it is cut', () => {
  fc.assert(
    fc.property(fc.constantFrom(...streams), cuts, ({ bytes, type }, at) => {
      const { text, end } = read(bytes, at, type)
      const once = read(bytes, [], type)
      // Of a page that is no answer, the title is told where it came at once.
      const plain = (one: AnswerEnd): AnswerEnd => (one.kind === 'no-answer' ? { ...one, title: '' } : one)
      expect({ text, end: plain(end) }).toEqual({ text: once.text, end: plain(once.end) })
    }),
    { numRuns: 2_000 },
  )
})

test('spoiled anywhere, it ends in a way that can be told, and rubbish never passes for a whole answer', () => {
  const spoil = fc.record({ at: fc.nat(1_500), with: fc.uint8Array({ maxLength: 8 }), length: fc.nat(20) })
  fc.assert(
    fc.property(
      fc.constantFrom(...streams),
      fc.array(spoil, { minLength: 1, maxLength: 4 }),
      cuts,
      ({ bytes, type }, spoils, at) => {
        let spoiled = bytes
        for (const one of spoils)
          spoiled = Buffer.concat([
            ...[spoiled.subarray(0, one.at), one.with, spoiled.subarray(one.at + one.length)],
          ])
        const { text, end } = read(spoiled, at, type)
        if (end.kind === 'finished') expect(text).not.toBe('')
      },
    ),
    { numRuns: 3_000 },
  )
})

test('random bytes are no answer', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 2_000 }),
      cuts,
      fc.constantFrom('text/event-stream', null),
      (bytes, at, type) => {
        expect(read(Buffer.from(bytes), at, type).end.kind).not.toBe('finished')
      },
    ),
    { numRuns: 1_000 },
  )
})
