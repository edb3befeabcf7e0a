/** A part of a trace's file, with the line on which it begins, from 1. */
export interface TraceRow {
  readonly line: number
  readonly text: string
}

/** The file is malformed from this line on; nothing after it can be read. */
export class BrokenTrace extends Error {
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

/** No conversation is longer; a longer row is a file without line breaks. */
const MAX_ROW_BYTES = 64 * 1024 * 1024

const LINE_FEED = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [0x5b, 0x5d, 0x7b, 0x7d]
const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)

/** Bytes of a row that is not complete yet. */
class Unfinished {
  #parts: Buffer[] = []
  #size = 0

  /** @throws BrokenTrace */
  add(bytes: Buffer, line: number): void {
    if (bytes.length === 0) return
    this.#size += bytes.length
    if (this.#size > MAX_ROW_BYTES) throw new BrokenTrace(line, 'is longer than 64 MiB')
    this.#parts.push(Buffer.from(bytes))
  }

  take(rest: Buffer): string {
    const text = this.#parts.length === 0 ? rest : Buffer.concat([...this.#parts, rest])
    this.#parts = []
    this.#size = 0
    return text.toString('utf8').trim()
  }
}

/** The lines that are not empty. @throws BrokenTrace */
export function* linesOf(pieces: Iterable<Buffer>): Generator<TraceRow> {
  const unfinished = new Unfinished()
  let line = 1
  for (const piece of pieces) {
    let from = 0
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, from)) {
      const text = unfinished.take(piece.subarray(from, end))
      if (text !== '') yield { line, text }
      line += 1
      from = end + 1
    }
    unfinished.add(piece.subarray(from), line)
  }
  const text = unfinished.take(Buffer.alloc(0))
  if (text !== '') yield { line, text }
}

/** The items of a JSON list, or the lines of JSONL, each as JSON text. @throws BrokenTrace */
export function* jsonRowsOf(pieces: Iterable<Buffer>): Generator<TraceRow> {
  const iterator = pieces[Symbol.iterator]()
  const first = iterator.next()
  if (first.done === true) return
  function* all(): Generator<Buffer> {
    yield first.value as Buffer
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) yield next.value
  }
  const start = first.value.find((byte) => !isSpace(byte))
  yield* start === OPEN_LIST ? itemsOf(all()) : linesOf(all())
}

/** Scans the list byte by byte, since the public files are longer than any text that JSON.parse takes. */
function* itemsOf(pieces: Iterable<Buffer>): Generator<TraceRow> {
  const unfinished = new Unfinished()
  let [line, startLine, depth] = [1, 1, 0]
  let [opened, inText, escaped, inItem] = [false, false, false, false]
  for (const piece of pieces) {
    let from = 0
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] as number
      if (byte === LINE_FEED) line += 1
      if (inText) {
        if (escaped) escaped = false
        else if (byte === BACKSLASH) escaped = true
        else if (byte === QUOTE) inText = false
        continue
      }
      if (isSpace(byte)) continue
      if (depth === 0 && opened) throw new BrokenTrace(line, 'holds something after its list')
      opened = true
      const ends = depth === 1 && (byte === COMMA || byte === CLOSE_LIST)
      if (ends && inItem) {
        yield { line: startLine, text: unfinished.take(piece.subarray(from, at)) }
        inItem = false
      } else if (depth === 1 && !ends && !inItem) [inItem, from, startLine] = [true, at, line]
      if (byte === QUOTE) inText = true
      else if (byte === OPEN_LIST || byte === OPEN_MAP) depth += 1
      else if (byte === CLOSE_LIST || byte === CLOSE_MAP) depth -= 1
    }
    if (inItem) unfinished.add(piece.subarray(from), startLine)
  }
  if (depth > 0) throw new BrokenTrace(line, 'ends within the list: is it cut off?')
}
