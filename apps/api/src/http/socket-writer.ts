import type { Duplex } from 'node:stream'
import type { EventWriter } from '../generations/log.ts'
import { textFrame } from './text-frame.ts'

/** Unsent bytes in a socket above which its readers get nothing more until it drains. */
const MAX_BUFFERED_BYTES = 64 * 1024

interface Waiting {
  chars: number
  wake: () => void
}

/**
 * The backpressure of one socket, shared by all streams that go through it. Granted room counts as used until it is
 * written, so that a thousand streams that find the socket empty at the same moment do not overfill it.
 */
export class SocketWriter implements EventWriter {
  readonly #socket: Duplex
  readonly #waiting = new Set<Waiting>()
  #granted = 0
  #due = false

  constructor(socket: Duplex) {
    this.#socket = socket
    socket.on('drain', () => this.#wake())
    socket.once('close', () => this.#wake())
  }

  room(chars: number, signal: AbortSignal): Promise<void> | undefined {
    if (this.#held() <= MAX_BUFFERED_BYTES) {
      this.#granted += chars
      return undefined
    }
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake)
        this.#waiting.delete(waiting)
        resolve()
      }
      const waiting = { chars, wake }
      this.#waiting.add(waiting)
      signal.addEventListener('abort', wake)
    })
  }

  /** Sends a message now if there is room and no stream waits for it. @returns whether it was sent */
  send(message: string): boolean {
    if (this.#waiting.size > 0 || this.#held() > MAX_BUFFERED_BYTES) return false
    this.#socket.write(textFrame(message))
    return true
  }

  sent(chars: number): void {
    this.#granted -= chars
    if (this.#waiting.size > 0) this.#wake()
  }

  #held(): number {
    return this.#socket.destroyed ? 0 : this.#socket.writableLength + this.#granted
  }

  /** Wakes as many streams as there is room for, first come, first served; they ask again before they write. */
  #wake(): void {
    let held = this.#held()
    for (const { chars, wake } of this.#waiting) {
      if (held > MAX_BUFFERED_BYTES) break
      held += chars
      wake()
    }
    // A woken stream may have ended without writing, so that nothing would wake the next one. Look again later.
    if (this.#waiting.size === 0 || this.#due || this.#socket.writableNeedDrain) return
    this.#due = true
    setImmediate(() => {
      this.#due = false
      this.#wake()
    })
  }
}
