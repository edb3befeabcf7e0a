import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const CHUNK_BYTES = 1024 * 1024
/** Limit of a compressed file's contents, which are unpacked in memory. */
const MAX_UNPACKED_BYTES = 1024 ** 3

/** First bytes of files that are not text, and what to do with such a file. */
const OTHER_KINDS: readonly (readonly [bytes: readonly number[], message: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'is a ZIP archive: unpack it'],
  [[0x50, 0x41, 0x52, 0x31], 'is a Parquet file: convert it to JSONL'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'is compressed with Zstandard: unpack it'],
  [[0xff, 0xfe], 'is UTF-16: save it as UTF-8'],
  [[0xfe, 0xff], 'is UTF-16: save it as UTF-8'],
]
const GZIP = [0x1f, 0x8b]
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

const begins = (bytes: Buffer, with_: readonly number[]) => with_.every((byte, at) => bytes[at] === byte)

/** A file that cannot be read as text; the message is for the user. */
export class UnreadableTrace extends Error {
  declare private readonly brand: never
}

/**
 * The contents of a file in pieces, so that a file of any size can be read. `.gz` is unpacked, a byte order
 * mark is left out. Each piece is overwritten by the next.
 * @throws UnreadableTrace
 */
export function* traceBytes(path: string): Generator<Buffer> {
  let first = true
  for (const piece of unpacked(path)) {
    const bytes = first && begins(piece, BYTE_ORDER_MARK) ? piece.subarray(BYTE_ORDER_MARK.length) : piece
    const other = first && OTHER_KINDS.find(([start]) => begins(bytes, start))
    if (other) throw new UnreadableTrace(other[1])
    first = false
    yield bytes
  }
}

function* unpacked(path: string): Generator<Buffer> {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    throw unreadable(error)
  }
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
    const next = () => buffer.subarray(0, readSync(file, buffer))
    let piece = next()
    if (begins(piece, GZIP)) {
      yield gunzipSync(readFileSync(path), { maxOutputLength: MAX_UNPACKED_BYTES })
      return
    }
    for (; piece.length > 0; piece = next()) yield piece
  } catch (error) {
    throw unreadable(error)
  } finally {
    closeSync(file)
  }
}

function unreadable(error: unknown): UnreadableTrace {
  const { code = 'error' } = error as NodeJS.ErrnoException
  if (code === 'ERR_BUFFER_TOO_LARGE')
    return new UnreadableTrace(
      'holds more than 1 GiB: unpack it, since only unpacked files are read in pieces',
    )
  return new UnreadableTrace(`cannot be read (${code})`)
}
