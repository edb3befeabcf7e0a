import type { ServerResponse } from 'node:http'
import type { ResponseWriter } from '../http/exchange.ts'

/** Irregular piece lengths in bytes, which cut characters, lines and events at every place. */
const PIECE_BYTES = [1, 2, 3, 61, 5, 1, 7, 113]

/** A writer that sends bytes in small pieces, each with its own write in its own turn of the event loop. */
export function splitWriter(response: ServerResponse): ResponseWriter {
  let waiting: Buffer[] = []
  let ended = false
  let running = false
  let pieces = 0
  const step = () => {
    const all = Buffer.concat(waiting)
    if (all.length === 0 || response.destroyed) {
      running = false
      if (ended) response.end()
      return
    }
    const size = PIECE_BYTES[pieces++ % PIECE_BYTES.length] ?? 1
    response.write(all.subarray(0, size))
    waiting = [all.subarray(size)]
    setImmediate(step)
  }
  const start = () => {
    if (running) return
    running = true
    setImmediate(step)
  }
  return {
    write(text) {
      waiting.push(Buffer.from(text))
      start()
      return true
    },
    end() {
      ended = true
      start()
    },
  }
}
