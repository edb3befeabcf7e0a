import type { ServerResponse } from 'node:http'
import type { CodedError } from '../errors.ts'
import { stoodStill } from '../standstill.ts'
import { sendError, toOpenaiError } from './error-form.ts'

/** Bytes that may wait for a reader before the model server's stream is held back. */
const MAX_UNSENT_BYTES = 256 * 1024

const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  // nginx would hold the stream back.
  'x-accel-buffering': 'no',
}

/** Writes one answer into the response, at the speed of its reader. */
export class AnswerWriter {
  readonly #response: ServerResponse
  readonly #stuckMs: number
  readonly #onGone: (reason: 'left' | 'stuck') => void
  #timer: NodeJS.Timeout | undefined
  #told = false
  #ended = false

  /**
   * @param stuckMs time after which a reader that takes nothing counts as gone
   * @param onGone called when the reader is gone before the answer has ended
   */
  constructor(response: ServerResponse, stuckMs: number, onGone: (reason: 'left' | 'stuck') => void) {
    this.#response = response
    this.#stuckMs = stuckMs
    this.#onGone = onGone
    // The wait for a place and for the first token may be longer than the time after which an idle socket is closed.
    response.socket?.setTimeout(0)
    response.once('close', () => {
      clearTimeout(this.#timer)
      if (!this.#ended) onGone('left')
    })
  }

  /** Passes events of a stream on. @returns if the reader has no room left: resolves when it has, or is gone */
  pass(bytes: Buffer): Promise<void> | undefined {
    const response = this.#response
    if (response.destroyed) return undefined
    if (!response.headersSent) response.writeHead(200, STREAM_HEADERS)
    response.write(bytes)
    if (response.writableLength < MAX_UNSENT_BYTES) return undefined
    this.#watch()
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(this.#timer)
        response.off('drain', done)
        response.off('close', done)
        resolve()
      }
      response.once('drain', done)
      response.once('close', done)
    })
  }

  /** The stream has told its end itself. */
  told(): void {
    this.#told = true
  }

  /** Sends an answer that came as a whole. */
  whole(bytes: Buffer): void {
    if (this.#response.destroyed) return
    this.#response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length })
    this.#response.write(bytes)
  }

  end(): void {
    this.#ended = true
    this.#response.end()
    this.#watch()
  }

  /** Ends with an error: by its status, or by an event if the stream has begun. A stream then has no `[DONE]`. */
  fail(coded: CodedError): void {
    if (this.#response.headersSent) {
      if (!this.#told) this.#response.write(`data: ${JSON.stringify(toOpenaiError(coded))}\n\n`)
      this.end()
    } else {
      this.#ended = true
      sendError(this.#response, coded)
    }
  }

  /** Gives the reader up if it takes nothing for a while. A slow one stays. */
  #watch(): void {
    clearTimeout(this.#timer)
    if (this.#response.destroyed || this.#response.writableFinished) return
    const taken = this.#taken()
    this.#timer = setTimeout(() => {
      if (stoodStill() || this.#taken() !== taken) return this.#watch()
      if (!this.#ended) this.#onGone('stuck')
      this.#response.destroy()
    }, this.#stuckMs)
    this.#timer.unref()
  }

  /** Bytes that the operating system has taken so far. */
  #taken(): number {
    const { socket } = this.#response
    return socket === null ? 0 : socket.bytesWritten - socket.writableLength
  }
}
