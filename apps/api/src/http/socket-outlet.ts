import type { Duplex } from 'node:stream'
import type { Outlet } from '../generations/log.ts'
import { textFrame } from './text-frame.ts'

/** A reader whose socket holds this much unsent gets nothing more until it drained. */
const maxBufferedBytes = 64 * 1024

interface Waiting {
  chars: number
  wake: () => void
}

/**
 * The room in one socket, shared by all streams that go through it. What is granted counts as used until
 * it is written, so that a thousand streams that find the socket empty in the same moment do not fill it
 * a thousand times.
 */
export class SocketOutlet implements Outlet {
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
    if (this.#held() <= maxBufferedBytes) {
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

  /** Sends a message now, when there is room and nobody is overtaken. @returns whether it did */
  send(message: string): boolean {
    if (this.#waiting.size > 0 || this.#held() > maxBufferedBytes) return false
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

  /** Wakes as many as there is room for, first come first served; they ask again before they write. */
  #wake(): void {
    let held = this.#held()
    for (const { chars, wake } of this.#waiting) {
      if (held > maxBufferedBytes) break
      held += chars
      wake()
    }
    // Whoever was woken may have left meanwhile without writing: nobody would wake the next.
    if (this.#waiting.size === 0 || this.#due || this.#socket.writableNeedDrain) return
    this.#due = true
    setImmediate(() => {
      this.#due = false
      this.#wake()
    })
  }
}
