import type { Readable } from 'node:stream'
import { type Chunk, ChunkReader, EventDecoder } from '@slicechat/model-server'
import type { Usage } from '../contract/event.ts'
import { CodedError } from '../errors.ts'
import { fromErrorEvent, toCodedError } from './error-map.ts'
import { ThinkTags } from './think-tags.ts'

/** Where the pieces of one answer go. Called synchronously, as the bytes arrive. */
export interface CompletionSink {
  /** A non-empty piece of text arrived; `emit` follows for the same piece, or later for held-back tags. */
  arrived: () => void
  emit: (kind: 'reasoning' | 'delta', text: string) => void
  /** The newest token counts; the last call is the final one. */
  usage: (usage: Usage) => void
}

export interface CompletionOptions {
  firstTokenTimeoutMs: number
  stallTimeoutMs: number
  /** When the request was sent, on `performance.now()`'s clock: the first-token time-out counts from there. */
  sentAt: number
}

/** Whether an answer had begun when it failed decides about retries. */
export class CompletionError extends Error {
  readonly coded: CodedError
  readonly begun: boolean

  constructor(coded: CodedError, begun: boolean) {
    super(coded.message, { cause: coded })
    this.coded = coded
    this.begun = begun
  }
}

const brokeOff = (message: string, cause?: unknown): CodedError =>
  new CodedError('UPSTREAM_BROKE_OFF', message, { cause })

/** After `[DONE]` only the end of the body is due: reading it lets the connection serve the next request. */
function letGo(body: Readable): void {
  const timer = setTimeout(() => body.destroy(), 2_000)
  body.once('close', () => clearTimeout(timer))
  body.resume()
}

/**
 * Reads the body of one streamed chat completion to its end.
 *
 * @returns why the model stopped
 * @throws {CompletionError} on error events, silence, resets, chunks that are no JSON, and streams
 *   that end without a finish reason
 */
export function readCompletion(
  body: Readable,
  sink: CompletionSink,
  options: CompletionOptions,
): Promise<'stop' | 'length'> {
  return new Promise((resolve, reject) => {
    let begun = false
    let settled = false
    let done = false
    let finishReason: 'stop' | 'length' | null = null
    const chunks = new ChunkReader()
    const think = new ThinkTags((kind, text) => sink.emit(kind, text))

    const settle = (error: CodedError | null): void => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      think.end()
      body.off('data', onBytes)
      // A body that is given up may still report its own destruction; nobody is listening any more.
      body.on('error', () => {})
      if (done && error === null) letGo(body)
      else body.destroy()
      if (error !== null) reject(new CompletionError(error, begun))
      else if (finishReason === null)
        reject(new CompletionError(brokeOff('The answer ended without a finish.'), begun))
      else resolve(finishReason)
    }
    /** Nothing more will come. An answer that has its finish is whole all the same. */
    const lost = (error: CodedError): void => settle(finishReason === null ? error : null)
    const silent = (): void =>
      lost(
        new CodedError(
          'UPSTREAM_TIMEOUT',
          begun
            ? `The model server was silent for ${options.stallTimeoutMs / 1000} s in the middle of the answer.`
            : `The model server gave no first token within ${options.firstTokenTimeoutMs / 1000} s.`,
        ),
      )
    const untilFirst = options.firstTokenTimeoutMs - (performance.now() - options.sentAt)
    let timer = setTimeout(silent, Math.max(0, untilFirst))

    const take = (chunk: Chunk): void => {
      if (chunk.usage !== null) sink.usage(chunk.usage)
      if (chunk.error !== null) return settle(fromErrorEvent(chunk.error))
      if (chunk.reasoning !== '' || chunk.content !== '') {
        if (!begun) {
          begun = true
          clearTimeout(timer)
          timer = setTimeout(silent, options.stallTimeoutMs)
        }
        sink.arrived()
        if (chunk.reasoning !== '') sink.emit('reasoning', chunk.reasoning)
        if (chunk.content !== '') think.push(chunk.content)
      }
      finishReason = chunk.finishReason ?? finishReason
    }
    const onData = (data: string): void => {
      if (settled) return
      if (data === '[DONE]') {
        done = true
        return settle(null)
      }
      try {
        take(chunks.read(data))
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        settle(brokeOff('The model server sent a chunk that is not JSON.', error))
      }
    }
    const decoder = new EventDecoder(onData)
    const onBytes = (bytes: Buffer): void => {
      // Any byte shows that the stream lives, but only text ends the wait for the first token.
      if (begun) timer.refresh()
      try {
        decoder.push(bytes)
      } catch (error) {
        settle(
          error instanceof RangeError
            ? brokeOff('The model server sent an event that is too large.', error)
            : toCodedError(error),
        )
      }
    }

    body.on('data', onBytes)
    body.once('end', () => settle(null))
    body.once('error', (error) => lost(brokeOff('The connection to the model server broke.', error)))
    body.once('close', () => settle(null))
  })
}
