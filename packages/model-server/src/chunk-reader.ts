import { type Chunk, parseChunk } from './chunk.ts'
import { ChunkPattern } from './chunk-pattern.ts'

/** A stream whose chunks do not follow a pattern is not asked for one again and again. */
const mostPatterns = 4

/** Reads the chunks of one stream: the first by parsing it, those like it by what they have in common. */
export class ChunkReader {
  #pattern: ChunkPattern | undefined
  #left = mostPatterns

  /** @throws {SyntaxError} when `data` is not a JSON object. */
  read(data: string): Chunk {
    const known = this.#pattern?.read(data)
    if (known !== undefined) return known
    const chunk = parseChunk(data)
    // An escape in a text is no reason for another pattern.
    if (this.#left > 0 && chunk.content !== '' && !data.includes('\\')) {
      this.#left--
      this.#pattern = ChunkPattern.of(data, chunk) ?? this.#pattern
    }
    return chunk
  }
}
