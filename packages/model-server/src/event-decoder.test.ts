import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventDecoder } from './event-decoder.ts'

type Seen = [data: string, type: string]

/**
 * The WHATWG's section "Interpreting an event stream", step by step on the whole text at once. Knows nothing of the
 * decoder. `last` adds what is ours: an event at the end without its blank line.
 */
function reference(bytes: Uint8Array, last: boolean): Seen[] {
  // "Streams must be decoded using the UTF-8 decode algorithm", which strips one byte order mark.
  const text = new TextDecoder('utf-8', { ignoreBOM: false }).decode(bytes)
  const seen: Seen[] = []
  let [data, type] = ['', '']
  const dispatch = (): void => {
    if (data !== '') seen.push([data.endsWith('\n') ? data.slice(0, -1) : data, type])
    data = type = ''
  }
  const process = (field: string, value: string): void => {
    if (field === 'event') type = value
    if (field === 'data') data += `${value}\n`
  }
  // stream = [ bom ] *event; end-of-line = cr lf / cr / lf. The last piece has no end of line.
  const lines = text.split(/\r\n|\r|\n/)
  const rest = lines.pop() ?? ''
  for (const line of last && rest !== '' ? [...lines, rest] : lines)
    if (line === '') dispatch()
    else if (line.startsWith(':')) continue
    else if (line.includes(':')) {
      const [, field = '', value = ''] = /^([^:]*):(.*)$/su.exec(line) ?? []
      process(field, value.startsWith(' ') ? value.slice(1) : value)
    } else process(line, '')
  if (last) dispatch()
  return seen
}

function decode(bytes: Buffer, cuts: readonly number[], last: boolean): Seen[] {
  const seen: Seen[] = []
  const decoder = new EventDecoder((...event) => seen.push(event))
  // One buffer for all reads, overwritten each time, as the load tester's sockets have it.
  const shared = Buffer.alloc(Math.max(1, bytes.length))
  let at = 0
  for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
    const end = Math.min(cut, bytes.length)
    bytes.copy(shared, 0, at, end)
    decoder.push(shared.subarray(0, end - at))
    shared.fill(0x21)
    at = end
  }
  if (last) decoder.end()
  return seen
}

const line = fc.oneof(
  fc.constantFrom(
    ...['', '', '', ':', ': ping', 'event: error', 'event:', 'event', 'data', 'data:', 'data: ', 'data:  a'],
    ...['id: 3', 'id: \0', 'retry: 1', 'retry: x', 'dat: no', ' data: no', 'data : no', 'DATA: no', '\ufeff'],
    ...['\ufeffdata: no', 'data: [DONE]', 'data: a:b'],
  ),
  fc.string({ unit: 'grapheme' }).map((text) => `data: ${text}`),
  fc.string({ unit: 'binary' }).map((text) => `data:${text}`),
)
const ending = fc.constantFrom('\n', '\n', '\r\n', '\r', '\n\n', '\r\r', '\r\n\r\n', '\n\r', '')
const written = fc
  .tuple(fc.constantFrom('', '\ufeff', '\ufeff\ufeff'), fc.array(fc.tuple(line, ending), { maxLength: 30 }))
  .map(([mark, lines]) => Buffer.from(mark + lines.map((parts) => parts.join('')).join('')))
// Near the alphabet of the format; `error` cannot come of it.
const scribbled = fc
  .array(fc.constantFrom(...Buffer.from('dat:: evnt\r\n\r\n\u00e9'), 0xef, 0xbb, 0xbf, 0x00, 0xff), {
    maxLength: 200,
  })
  .map((bytes) => Buffer.from(bytes))

test('any stream, split anywhere, is read as the WHATWG says', () => {
  fc.assert(
    fc.property(
      fc.oneof(written, scribbled),
      fc.array(fc.nat(400), { maxLength: 30 }),
      fc.boolean(),
      (bytes, cuts, last) => {
        fc.pre(!/(^|[\r\n\ufeff])error(:|[\r\n]|$)/.test(bytes.toString()))
        expect(decode(bytes, cuts, last)).toEqual(reference(bytes, last))
      },
    ),
    { numRuns: 3_000 },
  )
})

test('the reference reads the examples of the specification as it does', () => {
  const read = (text: string): Seen[] => reference(Buffer.from(text), false)
  expect(read('data: YHOO\ndata: +2\ndata: 10\n\n')).toEqual([['YHOO\n+2\n10', '']])
  expect(
    read(': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event'),
  ).toEqual([
    ['first event', ''],
    ['second event', ''],
  ])
  expect(read('data\n\ndata\ndata\n\ndata:')).toEqual([
    ['', ''],
    ['\n', ''],
  ])
})

test('byte by byte too, within characters, line endings and the byte order mark', () => {
  const bytes = Buffer.from('\ufeffdata: 你好😀\r\n\r\n: c\n\ndata: a\rdata:b\r\rdata: [DONE]\n\n')
  expect(decode(bytes, [...bytes.keys()], false)).toEqual([
    ['你好😀', ''],
    ['a\nb', ''],
    ['[DONE]', ''],
  ])
})

test('bytes that are no UTF-8 become replacement characters, not a failure', () => {
  const bytes = Buffer.from([...Buffer.from('data: a'), 0xff, 0xfe, 10, 10])
  expect(decode(bytes, [], false)).toEqual([['a\ufffd\ufffd', '']])
})

test('the field `error:` of older llama.cpp is an event of that type', () => {
  const bytes = Buffer.from('error: {"code":400}\n\ndata: [DONE]\n\n')
  expect(decode(bytes, [3, 9], false)).toEqual([
    ['{"code":400}', 'error'],
    ['[DONE]', ''],
  ])
})

test.each(['x', 'data: x\n'])('an event without end (%j again and again) is refused', (text) => {
  const decoder = new EventDecoder(() => {})
  const piece = Buffer.from(text.repeat(1_024))
  expect(() => {
    for (let i = 0; i < 10_000; i++) decoder.push(piece)
  }).toThrow(RangeError)
})
