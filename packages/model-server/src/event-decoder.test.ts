import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventDecoder } from './event-decoder.ts'

/** The specification's algorithm on the whole text at once, for LF and CRLF. */
function reference(text: string): string[] {
  const events: string[] = []
  let data: string[] = []
  const lines = text.split(/\r?\n/)
  lines.pop()
  for (const line of lines) {
    if (line === '') {
      if (data.length > 0) events.push(data.join('\n'))
      data = []
    } else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
  }
  return events
}

function decode(bytes: Buffer, cuts: readonly number[]): string[] {
  const events: string[] = []
  const decoder = new EventDecoder((data) => events.push(data))
  let at = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const end = Math.min(cut, bytes.length)
    decoder.push(bytes.subarray(at, end))
    at = end
  }
  decoder.push(bytes.subarray(at))
  return events
}

const line = fc.oneof(
  fc.constantFrom('', '', ': ping', 'event: x', 'data', 'data:', 'data: ', 'id: 3', 'retry: 1', 'dat: no'),
  fc.string({ unit: 'grapheme' }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
  fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, '')),
)
const stream = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 40 })
  .map((lines) => lines.map(([text, ending]) => text + ending).join(''))

test('any split of any stream gives the same events as the whole', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(2_000), { maxLength: 30 }), (text, cuts) => {
      expect(decode(Buffer.from(text), cuts)).toEqual(reference(text))
    }),
    { numRuns: 500 },
  )
})

test('byte by byte too, within characters and line endings', () => {
  const bytes = Buffer.from('data: 你好😀\r\n\r\n: c\n\ndata: a\ndata:b\n\ndata: [DONE]\n\n')
  expect(decode(bytes, [...bytes.keys()])).toEqual(['你好😀', 'a\nb', '[DONE]'])
})

test('bytes that are no UTF-8 become replacement characters, not a failure', () => {
  expect(decode(Buffer.from([...Buffer.from('data: a'), 0xff, 0xfe, 10, 10]), [])).toEqual(['a\ufffd\ufffd'])
})

test('an event without end is refused, and costs no more time than its size', () => {
  const decoder = new EventDecoder(() => {})
  const piece = Buffer.alloc(1_024, 'x')
  const start = performance.now()
  expect(() => {
    for (let i = 0; i < 10_000; i++) decoder.push(piece)
  }).toThrow(RangeError)
  expect(performance.now() - start).toBeLessThan(5_000)
})
