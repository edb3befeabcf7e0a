import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BadResponse, ResponseReader } from './response-reader.ts'

const HEAD = 'HTTP/1.1 200 OK\r\n'

/** Reads a response that comes in pieces of the given sizes. */
function read(response: string, sizes: Iterable<number> = [Infinity]) {
  const seen = { status: 0, body: '' }
  const parts: Buffer[] = []
  const reader = new ResponseReader({
    head: (status) => (seen.status = status),
    data: (bytes) => parts.push(Buffer.from(bytes)),
  })
  const bytes = Buffer.from(response)
  const size = sizes[Symbol.iterator]()
  for (let from = 0; from < bytes.length;) {
    const until = Math.min(bytes.length, from + ((size.next().value as number | undefined) ?? 1))
    // A copy that is wiped afterwards, so that a late read of it would show.
    const piece = Buffer.from(bytes.subarray(from, until))
    reader.push(piece)
    piece.fill(0)
    from = until
  }
  seen.body = Buffer.concat(parts).toString()
  return { ...seen, reader }
}

const chunked = (chunks: readonly string[], extension = '', trailers = ''): string =>
  `${HEAD}Transfer-Encoding: chunked\r\n\r\n` +
  chunks.map((one) => `${Buffer.byteLength(one).toString(16)}${extension}\r\n${one}\r\n`).join('') +
  `0\r\n${trailers}\r\n`

test('a response is the same however it is cut', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(
      fc.array(text),
      fc.constantFrom('', ';name="value"', ' ; x'),
      fc.constantFrom('', 'Expires: never\r\nX: y\r\n'),
      fc.constantFrom('', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      (chunks, extension, trailers, before, sizes) => {
        const body = chunks.join('')
        const length = `${HEAD}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
        for (const response of [chunked(chunks, extension, trailers), length]) {
          const seen = read(before + response, sizes)
          expect(seen).toMatchObject({ status: 200, body })
          expect(seen.reader.done).toBe(true)
        }
      },
    ),
  )
})

test.each([
  ['HTTP/1.1 200 OK\r\n', true],
  ['HTTP/1.1 200 OK\r\nConnection: close\r\n', false],
  ['HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: X-Hop\r\n', false],
  ['HTTP/1.1 200 OK\r\nconnection: Keep-Alive\r\n', true],
  ['HTTP/1.0 200 OK\r\n', false],
  ['HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n', true],
] as const)('%j keeps the connection: %j', (head, keepAlive) => {
  const { reader } = read(`${head}Content-Length: 2\r\n\r\nhi`)
  expect(reader).toMatchObject({ done: true, keepAlive, keepAliveMs: undefined })
})

test('the server says how long it keeps the connection', () => {
  const { reader } = read(`${HEAD}Keep-Alive: timeout=5, max=100\r\ncontent-length: 0\r\n\r\n`)
  expect(reader).toMatchObject({ done: true, keepAlive: true, keepAliveMs: 5000 })
})

test('without a length the body ends with the connection', () => {
  const { reader, body } = read(`${HEAD}\r\nall of it`, [10, 20])
  expect(body).toBe('all of it')
  expect(reader).toMatchObject({ done: false, endsWithConnection: true, keepAlive: false })
})

test.each([204, 304])('%i has no body', (status) => {
  expect(read(`HTTP/1.1 ${status} X\r\n\r\n`).reader).toMatchObject({ done: true, keepAlive: true })
})

test.each([
  ['SSH-2.0-OpenSSH_9.9\r\n\r\n', 'begins no HTTP/1.1 response'],
  ['HTTP/2 200\r\n\r\n', 'begins no HTTP/1.1 response'],
  [`${HEAD}content-length: -1\r\n\r\n`, 'is no Content-Length'],
  [`${HEAD}content-length: 2\r\n\r\nhi and more`, 'more than its answer'],
  [`${HEAD}transfer-encoding: chunked\r\n\r\nxyz\r\n`, 'is no chunk size'],
  [`${HEAD}transfer-encoding: chunked\r\n\r\n2\r\nhim\r\n`, 'longer than its size'],
  [`${HEAD}transfer-encoding: chunked\r\n\r\n${'0'.repeat(5000)}`, 'has no end'],
  ['x'.repeat(70_000), 'has no end'],
])('%j is no response', (text, why) => {
  expect(() => read(text)).toThrow(BadResponse)
  expect(() => read(text)).toThrow(why)
})
