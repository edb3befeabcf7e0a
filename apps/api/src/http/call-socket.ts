import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import { atEndOfTurn } from '../generations/end-of-turn.ts'
import { textFrame } from './text-frame.ts'

/**
 * A socket of tRPC calls. tRPC sends two messages at the beginning of a stream and two at its end, so what is sent in one
 * turn of the event loop leaves in one write, and each message is one buffer.
 */
export class CallSocket extends WebSocket {
  #connection: Duplex | undefined

  /** @param connection what carries this socket, once it is open */
  attach(connection: Duplex): void {
    this.#connection = connection
  }

  /** Sends a message: text, which is all that tRPC sends, by the short way. */
  override send(
    data: Parameters<WebSocket['send']>[0],
    ...others: [options?: object, done?: () => void]
  ): void {
    const connection = this.#connection
    const isShort = typeof data === 'string' && others.length === 0 && this.readyState === this.OPEN
    if (!isShort || connection === undefined) {
      super.send(data, ...(others as [object, () => void]))
      return
    }
    if (connection.writableCorked === 0) {
      connection.cork()
      atEndOfTurn(() => connection.uncork())
    }
    connection.write(textFrame(data))
  }
}
