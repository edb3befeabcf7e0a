import type { Readable } from 'node:stream'
import type { Usage } from '@slicechat/contract'
import { type PassedEnd, PassedStream } from '@slicechat/model-server'
import { CodedError } from '../errors.ts'
import { stoodStill } from '../standstill.ts'
import { brokeOff, CompletionError } from './completion-error.ts'
import { letGo } from './completion.ts'
import { fromServerError, toCodedError } from './error-map.ts'

/** Receives an answer that passes through as it is. It is called synchronously, as the bytes arrive. */
export interface EventsSink {
  /** A non-empty piece of an answer arrived. */
  arrived: () => void
  /** The newest count is valid; the last call is the final one. */
  usage: (usage: Usage) => void
  /**
   * Whole events to pass on; the first call begins the answer, which is never retried from then on.
   * @returns if the reader has no room left: resolves when it has, or when it is gone
   */
  pass: (bytes: Buffer) => Promise<void> | undefined
  /** The stream has told its end itself, by `[DONE]` or an error event that was passed on. */
  told: () => void
}

export interface RelayEventsOptions {
  firstTokenTimeoutMs: number
  stallTimeoutMs: number
  /** Time at which the request was sent, by `performance.now()`; the first-token time-out counts from it. */
  sentAt: number
  /** Whether to leave out the event that holds nothing but the usage. */
  dropUsage: boolean
  /** Number of answers that the stream holds side by side. */
  answers: number
}

/** The coded error for an end that is a failure. */
function toError(end: Exclude<PassedEnd, { kind: 'finished' }>): CodedError {
  switch (end.kind) {
    case 'error':
      return fromServerError(end.error)
    case 'given-up':
      return brokeOff(`The model server ended the answer with “${end.word}”.`)
    case 'broke-off':
      return brokeOff('The answer ended without a finish.')
    case 'too-large':
      return brokeOff('The model server sent an event that is too large.')
  }
}

/**
 * Passes the event stream of one answer on, to its end. Nothing passes before an event has come that is not an error.
 * @throws {CompletionError} on errors, silence, resets, and streams that end without `[DONE]` or a finish reason
 */
export function relayEvents(body: Readable, sink: EventsSink, options: RelayEventsOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    let hasText = false
    let begun = false
    let settled = false
    /** Comments that came before the first event. */
    let held: Buffer[] = []
    const stream = new PassedStream(
      {
        piece: () => {
          hasText = true
          sink.arrived()
        },
        usage: (usage) => sink.usage(usage),
      },
      options,
    )

    const leave = (): void => {
      settled = true
      clearTimeout(timer)
      body.off('data', onBytes)
      // A destroyed body may still emit an error, which must have a listener.
      body.on('error', () => {})
    }
    /** @param loss the failure that ended the body; it is ignored if the answer is whole */
    const settle = (loss?: CodedError): void => {
      if (settled) return
      const { rest, end } = stream.end()
      if (rest !== undefined) pass(rest)
      if (begun && (stream.done || end.kind === 'error')) sink.told()
      leave()
      if (stream.done) letGo(body)
      else body.destroy()
      if (end.kind === 'finished') return resolve()
      const coded = end.kind === 'broke-off' && loss !== undefined ? loss : toError(end)
      reject(new CompletionError(coded, begun, end.kind === 'error' ? end.error : undefined))
    }
    const silent = (): void => {
      if (stoodStill()) return arm()
      const message = hasText
        ? `The model server was silent for ${options.stallTimeoutMs / 1000} s in the middle of the answer.`
        : `The model server gave no first token within ${options.firstTokenTimeoutMs / 1000} s.`
      settle(new CodedError('UPSTREAM_TIMEOUT', message))
    }
    const untilFirst = options.firstTokenTimeoutMs - (performance.now() - options.sentAt)
    let timer = setTimeout(silent, Math.max(0, untilFirst))
    const arm = (): void => {
      clearTimeout(timer)
      timer = setTimeout(silent, hasText ? options.stallTimeoutMs : options.firstTokenTimeoutMs)
    }

    const pass = (bytes: Buffer): void => {
      if (!begun) {
        if (!stream.begun) return void held.push(bytes)
        // An error at the very beginning is a refusal, which has a status of its own and may be retried.
        if (stream.failure !== undefined && !hasText) return
        begun = true
        if (held.length > 0) bytes = Buffer.concat([...held, bytes])
        held = []
      }
      const room = sink.pass(bytes)
      if (room === undefined || settled) return
      body.pause()
      clearTimeout(timer)
      void room.then(() => {
        if (settled) return
        arm()
        body.resume()
      })
    }
    const onBytes = (bytes: Buffer): void => {
      const first = !hasText
      try {
        const whole = stream.push(bytes)
        if (whole !== undefined) pass(whole)
      } catch (error) {
        leave()
        body.destroy()
        return reject(new CompletionError(toCodedError(error), begun))
      }
      if (stream.done || stream.failure !== undefined) return settle()
      // Any byte shows that the stream is alive, but only text ends the wait for the first token.
      if (!hasText || body.isPaused()) return
      if (first) arm()
      else timer.refresh()
    }

    body.on('data', onBytes)
    body.once('end', () => settle())
    body.once('error', (error) => settle(brokeOff('The connection to the model server broke.', error)))
    body.once('close', () => settle())
  })
}
