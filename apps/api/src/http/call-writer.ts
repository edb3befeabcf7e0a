import type { TextEvent } from '@slicechat/contract'
import type { WebSocket } from 'ws'
import type { EventWriter } from '../generations/log.ts'
import type { CallId } from './call-id.ts'
import type { SocketWriter } from './socket-writer.ts'

/**
 * The writer of one call on a shared socket. It sends text itself, in exactly the encoding of tRPC, because tRPC's own
 * path costs more CPU per token than everything else together (see docs/adr/0006).
 */
export class CallWriter implements EventWriter {
  readonly #socket: SocketWriter
  readonly #client: WebSocket
  /** The envelope up to its first position. */
  readonly #head: string

  constructor(socket: SocketWriter, client: WebSocket, { id, jsonrpc }: CallId) {
    this.#socket = socket
    this.#client = client
    this.#head = `${JSON.stringify({ id, jsonrpc }).slice(0, -1)},"result":{"type":"data","data":{"id":"`
  }

  room(chars: number, signal: AbortSignal): Promise<void> | undefined {
    return this.#socket.room(chars, signal)
  }

  sent(chars: number): void {
    this.#socket.sent(chars)
  }

  write(seq: number, { type, text }: TextEvent): boolean {
    if (this.#client.readyState !== this.#client.OPEN) return false
    const event = `{"type":"${type}","text":${JSON.stringify(text)}}`
    return this.#socket.send(`${this.#head}${seq}","data":${event}},"id":"${seq}"}}`)
  }
}
