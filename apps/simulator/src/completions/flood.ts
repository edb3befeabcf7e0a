import type { ServerResponse } from 'node:http'
import { DONE, type ChunkWriter } from './endpoint.ts'
import type { RequestRecord } from '../metrics/request-record.ts'
import { tokenize } from '../tokens/tokenizer.ts'

const LINE =
  'A flood of words rises without end, line upon line, as fast as the connection will carry them away.\n'

/** Writes `bytes` of content as fast as the client takes it, in chunks of about a hundred bytes, then ends normally. */
export function flood(
  response: ServerResponse,
  parts: {
    chunks: ChunkWriter
    record: RequestRecord
    bytes: number
    includeUsage: boolean
    now: () => number
  },
): void {
  const { chunks, record, bytes, includeUsage, now } = parts
  const tokens = tokenize(LINE).length
  let leftBytes = bytes
  record.scheduled(now(), 0)
  response.write(chunks.first())
  const writeOn = () => {
    while (leftBytes > 0 && !response.destroyed) {
      const piece = LINE.slice(0, leftBytes)
      leftBytes -= piece.length
      record.produced(tokens, now())
      const text = JSON.stringify(piece)
      if (leftBytes > 0) {
        if (!response.write(chunks.text(text, record.tokens))) return
        continue
      }
      const end = { finishReason: 'stop', stopReason: null, ids: null }
      record.finished('stop', now())
      response.write(chunks.last('content', text, record.tokens, end))
      response.end((includeUsage ? chunks.usage(record.tokens, undefined) : '') + DONE)
    }
  }
  response.on('drain', writeOn)
  writeOn()
}
