import { isDeepStrictEqual } from 'node:util'
import { type Chunk, parseChunk } from './chunk.ts'

/** Characters that a JSON string escapes or must not contain. */
// eslint-disable-next-line no-control-regex -- JSON forbids exactly these
const ESCAPE_OR_CONTROL = /[\\\u0000-\u001f]/
const CONTENT_KEY = '"content":"'
const COUNTS = /^(.*"total_tokens":)\d+(,"completion_tokens":)\d+([,}].*)$/s
const MAX_DIGITS = 15
const ZERO = 48
const NINE = 57

/**
 * The text that all ordinary chunks of one stream share: everything except their content and two counts. A chunk that
 * fits is read by comparing strings, at a third of the cost of parsing it. `chunk-reader.test.ts` compares the results of
 * both.
 */
export class ChunkPattern {
  readonly #head: string
  /** The text after the content: in one piece, or in the pieces before, between and after the two counts. */
  readonly #rest: readonly [string] | readonly [string, string, string]
  readonly #promptTokens: number

  private constructor(
    head: string,
    rest: readonly [string] | readonly [string, string, string],
    promptTokens: number,
  ) {
    this.#head = head
    this.#rest = rest
    this.#promptTokens = promptTokens
  }

  /** The pattern of a chunk; `undefined` if it is not an ordinary one. @param chunk the parsed `data` */
  static of(data: string, chunk: Chunk): ChunkPattern | undefined {
    const start = data.indexOf(CONTENT_KEY) + CONTENT_KEY.length
    const end = data.indexOf('"', start)
    if (chunk.content === '' || start < CONTENT_KEY.length || end < 0) return undefined
    const [head, tail] = [data.slice(0, start), data.slice(end)]
    const [, before, between, after] = COUNTS.exec(tail) ?? []
    const rest =
      before === undefined || between === undefined || after === undefined
        ? ([tail] as const)
        : ([before, between, after] as const)
    const pattern = new ChunkPattern(head, rest, chunk.usage?.promptTokens ?? 0)
    return pattern.#isValid(chunk) ? pattern : undefined
  }

  /** Reads a chunk. @returns `undefined` if it does not fit the pattern */
  read(data: string): Chunk | undefined {
    const [before, between, after] = this.#rest
    const start = this.#head.length
    const end = data.indexOf('"', start)
    if (end < 0 || !matchesAt(data, 0, this.#head) || !matchesAt(data, end, before)) return undefined
    const content = data.slice(start, end)
    if (ESCAPE_OR_CONTROL.test(content)) return undefined
    let at = end + before.length
    let usage: Chunk['usage'] = null
    if (between !== undefined && after !== undefined) {
      at = digitsEnd(data, at)
      if (at < 0 || !matchesAt(data, at, between)) return undefined
      const from = at + between.length
      at = digitsEnd(data, from)
      if (at < 0 || !matchesAt(data, at, after)) return undefined
      usage = { promptTokens: this.#promptTokens, completionTokens: Number(data.slice(from, at)) }
      at += after.length
    }
    if (at !== data.length) return undefined
    return { content, reasoning: '', finish: null, usage, timings: null, error: null, other: null }
  }

  /**
   * Tests the pattern with another content and other counts: parsing must return these and change nothing else. Then the
   * gaps of the pattern are those of content and counts, and any JSON string and numbers may stand in them.
   */
  #isValid(chunk: Chunk): boolean {
    const [before, between, after] = this.#rest
    const trial =
      after === undefined ? `${this.#head}trial${before}` : `${this.#head}trial${before}11${between}7${after}`
    const usage = after === undefined ? null : { promptTokens: this.#promptTokens, completionTokens: 7 }
    const ordinary: Chunk = {
      content: 'trial',
      reasoning: '',
      finish: null,
      usage,
      timings: null,
      error: null,
      other: null,
    }
    if (
      !isDeepStrictEqual({ ...chunk, content: 'trial', usage }, ordinary) ||
      (chunk.usage === null) !== (usage === null)
    )
      return false
    try {
      return isDeepStrictEqual(parseChunk(trial), ordinary)
    } catch {
      return false
    }
  }
}

/** Whether `data` has `part` at a position. V8 compares whole strings several times as fast as `startsWith` does. */
const matchesAt = (data: string, at: number, part: string): boolean =>
  data.slice(at, at + part.length) === part

/** End of the JSON number that begins at `from`; -1 if there is none, or one with too many digits. */
function digitsEnd(data: string, from: number): number {
  let at = from
  for (let code = data.charCodeAt(at); code >= ZERO && code <= NINE; code = data.charCodeAt(at)) at++
  const length = at - from
  if (length === 0 || length > MAX_DIGITS || (length > 1 && data.charCodeAt(from) === ZERO)) return -1
  return at
}
