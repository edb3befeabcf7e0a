const NEWLINE = 10

/**
 * Cuts a server-sent event stream into the values of its `data` lines. For streams whose events have one such line
 * each, as those of OpenAI-compatible servers have; comments and other fields are passed over.
 */
export class EventLines {
  readonly #onData: (data: string) => void
  #rest: Buffer | undefined

  constructor(onData: (data: string) => void) {
    this.#onData = onData
  }

  /** @param chunk is not kept: its bytes may be overwritten after the call */
  push(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    // A line feed is never part of a longer character, so what lies before the last one decodes on its own.
    const end = bytes.lastIndexOf(NEWLINE)
    this.#rest = end === bytes.length - 1 ? undefined : Buffer.from(bytes.subarray(end + 1))
    if (end < 0) return
    const text = bytes.toString('utf8', 0, end + 1)
    for (let from = 0; from < text.length;) {
      const next = text.indexOf('\n', from)
      if (text.startsWith('data:', from)) this.#onData(text.slice(from + 5, next).trim())
      from = next + 1
    }
  }
}
