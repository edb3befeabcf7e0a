import type { Readable } from 'node:stream'
import type { FinishNote, Usage } from '@slicechat/contract'
import { type AnswerEnd, AnswerReader } from '@slicechat/model-server'
import { CodedError } from '../errors.ts'
import { stoodStill } from '../standstill.ts'
import { brokeOff, CompletionError } from './completion-error.ts'
import { fromServerError, toCodedError } from './error-map.ts'
import { ThinkTags } from './think-tags.ts'

/** Receives the pieces of one answer. It is called synchronously, as the bytes arrive. */
export interface CompletionSink {
  /** A non-empty piece of text arrived. `emit` follows at once, or later if the piece may be part of a tag. */
  arrived: () => void
  emit: (kind: 'reasoning' | 'delta', text: string) => void
  /** The newest token counts; the last call is the final one. */
  usage: (usage: Usage) => void
}

export interface CompletionOptions {
  firstTokenTimeoutMs: number
  stallTimeoutMs: number
  /** Time at which the request was sent, by `performance.now()`; the first-token time-out counts from it. */
  sentAt: number
  /** The response's `Content-Type`. */
  contentType: string | undefined
}

/** How a model ended its answer. */
export interface Completion {
  reason: 'stop' | 'length'
  note?: FinishNote
}

/** Reads the end of a body after `[DONE]`, so that the connection can serve the next request. */
export function letGo(body: Readable): void {
  const timer = setTimeout(() => body.destroy(), 2_000)
  body.once('close', () => clearTimeout(timer))
  body.resume()
}

/** The coded error for an end that is a failure. */
function toError(end: Exclude<AnswerEnd, { kind: 'finished' }>): CodedError {
  switch (end.kind) {
    case 'error':
      return fromServerError(end.error)
    case 'given-up':
      return brokeOff(`The model server ended the answer with “${end.finish.word}”.`)
    case 'broke-off':
      return brokeOff('The answer ended without a finish.')
    case 'no-json':
      return brokeOff('The model server sent a chunk that is not JSON.')
    case 'too-large':
      return brokeOff('The model server sent an event that is too large.')
    case 'empty': {
      const what = end.otherContent === '' ? `it ended with “${end.finish.word}”` : end.otherContent
      return new CodedError('EMPTY', `The model gave no text: ${what}.`)
    }
    case 'no-answer': {
      const title = end.title === '' ? '' : ` but with the web page “${end.title}”`
      return new CodedError(
        'UPSTREAM_REJECTED',
        `The model server did not answer with a stream${title}. Check VLLM_URL.`,
      )
    }
  }
}

/**
 * Reads the body of one chat completion to its end.
 *
 * @returns why the model stopped
 * @throws {CompletionError} on error events, silence, resets, chunks that are no JSON, streams that end without a
 *   finish reason or with that of a failure, and answers without text
 */
export function readCompletion(
  body: Readable,
  sink: CompletionSink,
  options: CompletionOptions,
): Promise<Completion> {
  return new Promise((resolve, reject) => {
    let begun = false
    let settled = false
    const think = new ThinkTags((kind, text) => sink.emit(kind, text))
    const reader = new AnswerReader(
      {
        piece: (content, reasoning) => {
          if (!begun) {
            begun = true
            clearTimeout(timer)
            timer = setTimeout(silent, options.stallTimeoutMs)
          }
          sink.arrived()
          if (reasoning !== '') sink.emit('reasoning', reasoning)
          if (content !== '') think.push(content)
        },
        usage: (usage) => sink.usage(usage),
      },
      options.contentType,
    )

    const leave = (): void => {
      settled = true
      clearTimeout(timer)
      body.off('data', onBytes)
      // A destroyed body may still emit an error, which must have a listener.
      body.on('error', () => {})
    }
    /** Ends with an error of the sink, which is a defect of the API. */
    const crash = (error: unknown): void => {
      leave()
      body.destroy()
      reject(new CompletionError(toCodedError(error), begun))
    }
    /**
     * @param loss the failure that ended the body, if one did; it is ignored if the answer already has its finish
     * reason
     */
    const settle = (loss?: CodedError): void => {
      if (settled) return
      let end: AnswerEnd
      try {
        end = reader.end()
        think.end()
      } catch (error) {
        return crash(error)
      }
      leave()
      if (reader.done) letGo(body)
      else body.destroy()
      if (end.kind === 'finished') {
        const { reason, word, note } = end.finish
        return resolve(note === null ? { reason } : { reason, note: { reason: word, message: note } })
      }
      const coded = end.kind === 'broke-off' && loss !== undefined ? loss : toError(end)
      reject(new CompletionError(coded, begun, end.kind === 'error' ? end.error : undefined))
    }
    const silent = (): void => {
      if (stoodStill()) {
        timer = setTimeout(silent, begun ? options.stallTimeoutMs : options.firstTokenTimeoutMs)
        return
      }
      const message = begun
        ? `The model server was silent for ${options.stallTimeoutMs / 1000} s in the middle of the answer.`
        : `The model server gave no first token within ${options.firstTokenTimeoutMs / 1000} s.`
      settle(new CodedError('UPSTREAM_TIMEOUT', message))
    }
    const untilFirst = options.firstTokenTimeoutMs - (performance.now() - options.sentAt)
    let timer = setTimeout(silent, Math.max(0, untilFirst))

    const onBytes = (bytes: Buffer): void => {
      // Any byte shows that the stream is alive, but only text ends the wait for the first token.
      if (begun) timer.refresh()
      try {
        reader.push(bytes)
      } catch (error) {
        return crash(error)
      }
      if (reader.ended) settle()
    }

    body.on('data', onBytes)
    body.once('end', () => settle())
    body.once('error', (error) => settle(brokeOff('The connection to the model server broke.', error)))
    body.once('close', () => settle())
  })
}
