import { type Chunk, parseChunk } from './chunk.ts'
import { ChunkPattern } from './chunk-pattern.ts'

/** Number of patterns that are tried for a stream, because some streams follow none. */
const MAX_PATTERNS = 4

/** Reads the chunks of one stream: the first by parsing it, those that fit its pattern by comparing strings. */
export class ChunkReader {
  #pattern: ChunkPattern | undefined
  #patternsLeft = MAX_PATTERNS

  /** @throws {SyntaxError} if `data` is not JSON */
  read(data: string): Chunk {
    const known = this.#pattern?.read(data)
    if (known !== undefined) return known
    const chunk = parseChunk(data)
    // A text with an escape fits no pattern, so it is no reason to make another one.
    if (this.#patternsLeft > 0 && chunk.content !== '' && !data.includes('\\')) {
      this.#patternsLeft--
      this.#pattern = ChunkPattern.of(data, chunk) ?? this.#pattern
    }
    return chunk
  }
}
