import { isDeepStrictEqual } from 'node:util'
import { type Chunk, parseChunk } from './chunk.ts'

/** In a JSON string these stand for something else, or must not stand at all. */
// eslint-disable-next-line no-control-regex -- JSON forbids exactly these
const special = /[\\\u0000-\u001f]/
const contentKey = '"content":"'
const counted = /^(.*"total_tokens":)\d+(,"completion_tokens":)\d+([,}].*)$/s
const mostDigits = 15
const zero = 48
const nine = 57

/**
 * What all ordinary chunks of one stream have in common: everything but their text and two counts. A chunk that fits
 * is read by comparing strings, which costs a third of parsing it; `chunk-pattern.test.ts` holds both to the same result.
 */
export class ChunkPattern {
  readonly #head: string
  /** What follows the text: `[all]`, or what stands before, between and after the two counts. */
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

  /** The pattern of a chunk, `undefined` when it is not an ordinary one. @param chunk what `data` says */
  static of(data: string, chunk: Chunk): ChunkPattern | undefined {
    const start = data.indexOf(contentKey) + contentKey.length
    const end = data.indexOf('"', start)
    if (chunk.content === '' || start < contentKey.length || end < 0) return undefined
    const [head, tail] = [data.slice(0, start), data.slice(end)]
    const [, before, between, after] = counted.exec(tail) ?? []
    const rest =
      before === undefined || between === undefined || after === undefined
        ? ([tail] as const)
        : ([before, between, after] as const)
    const pattern = new ChunkPattern(head, rest, chunk.usage?.promptTokens ?? 0)
    return pattern.#isTrue(chunk) ? pattern : undefined
  }

  /** What a chunk says, `undefined` when it does not fit. */
  read(data: string): Chunk | undefined {
    const [before, between, after] = this.#rest
    const start = this.#head.length
    const end = data.indexOf('"', start)
    if (end < 0 || !holds(data, 0, this.#head) || !holds(data, end, before)) return undefined
    const content = data.slice(start, end)
    if (special.test(content)) return undefined
    let at = end + before.length
    let usage: Chunk['usage'] = null
    if (between !== undefined && after !== undefined) {
      at = digitsEnd(data, at)
      if (at < 0 || !holds(data, at, between)) return undefined
      const from = at + between.length
      at = digitsEnd(data, from)
      if (at < 0 || !holds(data, at, after)) return undefined
      usage = { promptTokens: this.#promptTokens, completionTokens: Number(data.slice(from, at)) }
      at += after.length
    }
    if (at !== data.length) return undefined
    return { content, reasoning: '', finish: null, usage, timings: null, error: null, other: null }
  }

  /**
   * Tries the pattern: another text and other counts must come out as such, and change nothing else. Then the places
   * are those of the text and the counts, and any other JSON string and numbers may stand in them.
   */
  #isTrue(chunk: Chunk): boolean {
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

/** Whether a part stands there. V8 compares whole strings several times as fast as `startsWith` does. */
const holds = (data: string, at: number, part: string): boolean => data.slice(at, at + part.length) === part

/** Where the JSON number that begins at `from` ends; -1 when none does, or a very large one. */
function digitsEnd(data: string, from: number): number {
  let at = from
  for (let code = data.charCodeAt(at); code >= zero && code <= nine; code = data.charCodeAt(at)) at++
  const length = at - from
  if (length === 0 || length > mostDigits || (length > 1 && data.charCodeAt(from) === zero)) return -1
  return at
}
