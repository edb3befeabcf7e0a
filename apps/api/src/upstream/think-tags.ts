const OPEN = '<think>'
const CLOSE = '</think>'

/** Number of characters at the end of `text` that could be the beginning of `tag`. */
function partial(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--)
    if (text.endsWith(tag.slice(0, length))) return length
  return 0
}

/**
 * Separates reasoning that a model writes as `<think>…</think>` at the very start of its answer, which happens when
 * the server runs without a reasoning parser. Tags anywhere else are ordinary text.
 */
export class ThinkTags {
  readonly #emit: (kind: 'reasoning' | 'delta', text: string) => void
  #state: 'start' | 'thinking' | 'gap' | 'answering' = 'start'
  #held = ''

  constructor(emit: (kind: 'reasoning' | 'delta', text: string) => void) {
    this.#emit = emit
  }

  push(text: string): void {
    if (this.#state === 'answering') this.#emit('delta', text)
    else if (this.#state === 'gap') this.#answer(text.trimStart())
    else if (this.#state === 'start') this.#start(this.#held + text)
    else this.#think(this.#held + text)
  }

  /** Ends the stream. Text that was held back as a possible part of a tag is emitted. */
  end(): void {
    const kind = this.#state === 'thinking' ? 'reasoning' : 'delta'
    if (this.#held !== '') this.#emit(kind, this.#held)
    this.#held = ''
    this.#state = 'answering'
  }

  #start(text: string): void {
    const trimmed = text.trimStart()
    if (trimmed.startsWith(OPEN)) {
      this.#state = 'thinking'
      this.#think(trimmed.slice(OPEN.length))
    } else if (OPEN.startsWith(trimmed)) this.#held = text
    else this.#answer(text)
  }

  #think(text: string): void {
    const end = text.indexOf(CLOSE)
    if (end >= 0) {
      if (end > 0) this.#emit('reasoning', text.slice(0, end))
      this.#held = ''
      // Blank space after the tag is dropped, even if it comes in a later piece.
      this.#state = 'gap'
      this.#answer(text.slice(end + CLOSE.length).trimStart())
      return
    }
    const kept = partial(text, CLOSE)
    this.#held = text.slice(text.length - kept)
    if (text.length > kept) this.#emit('reasoning', text.slice(0, text.length - kept))
  }

  #answer(text: string): void {
    this.#held = ''
    if (text === '' && this.#state === 'gap') return
    this.#state = 'answering'
    if (text !== '') this.#emit('delta', text)
  }
}
