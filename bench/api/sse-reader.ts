import { StringDecoder } from 'node:string_decoder'

/** Splits a server-sent event stream into its events and reports the `data` of each, with its `event` name. */
export class SseReader {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onEvent: (data: string, event: string) => void
  #rest = ''

  constructor(onEvent: (data: string, event: string) => void) {
    this.#onEvent = onEvent
  }

  push(bytes: Buffer): void {
    const text = this.#rest + this.#decoder.write(bytes)
    let from = 0
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n', from)) {
      this.#event(text.slice(from, end))
      from = end + 2
    }
    this.#rest = text.slice(from)
  }

  #event(lines: string): void {
    let data = ''
    let event = ''
    for (const line of lines.split('\n'))
      if (line.startsWith('data: ')) data = line.slice(6)
      else if (line.startsWith('event: ')) event = line.slice(7)
    if (data !== '') this.#onEvent(data, event)
  }
}
