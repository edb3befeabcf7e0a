import type { Readable } from 'node:stream'
import { readWholeAnswer } from '@slicechat/model-server'
import { CodedError } from '../errors.ts'
import { brokeOff, CompletionError } from './completion-error.ts'
import { fromServerError } from './error-map.ts'
import type { HttpResponse } from './http-client.ts'
import { isSuccess, refusal } from './refusal.ts'
import { type EventsSink, relayEvents } from './relay-events.ts'

/** What is asked for, as far as the reading of its answer is concerned. */
export interface RelayedAnswer {
  /**
   * The body to send.
   * @param withUsage whether a stream is to end with its usage even if the caller did not ask for it
   */
  body: (withUsage: boolean) => Buffer
  stream: boolean
  /** Whether the caller of a stream asked for its usage. */
  wantsUsage: boolean
  /** Number of answers that the caller asked for. */
  answers: number
  /** Whether the server is known to take `stream_options`. */
  takesOptions: boolean
}

/** Receives an answer that passes through. */
export interface RelaySink extends EventsSink {
  /** The answer came as a whole, as JSON. It is never called after `pass`. */
  whole: (bytes: Buffer) => void
}

export interface RelayOptions {
  firstTokenTimeoutMs: number
  stallTimeoutMs: number
  answerTimeoutMs: number
  signal: AbortSignal
}

/** Largest answer that is taken as a whole; with log probabilities they can be large. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/**
 * Sends one request and passes its answer on.
 * @param send sends a POST
 * @throws {CompletionError} if the answer failed; {CodedError} and network errors if there was none
 */
export async function relayAnswer(
  send: (body: Buffer, signal: AbortSignal) => Promise<HttpResponse>,
  answer: RelayedAnswer,
  sink: RelaySink,
  options: RelayOptions,
): Promise<void> {
  const { stream, wantsUsage, takesOptions, answers } = answer
  const addsUsage = stream && !wantsUsage && takesOptions
  const sentAt = performance.now()
  const abort = new AbortController()
  const onAbort = (): void => abort.abort(options.signal.reason)
  if (options.signal.aborted) onAbort()
  options.signal.addEventListener('abort', onAbort)
  const timer = setTimeout(
    () => abort.abort(late(stream, options)),
    stream ? options.firstTokenTimeoutMs : options.answerTimeoutMs,
  )
  try {
    const response = await send(answer.body(addsUsage), abort.signal)
    if (!isSuccess(response)) throw await refusal(response)
    const contentType = response.header('content-type') ?? ''
    if (isEventStream(contentType, stream)) {
      clearTimeout(timer)
      return await relayEvents(response.body, sink, { ...options, sentAt, dropUsage: addsUsage, answers })
    }
    passWhole(await readBytes(response.body, abort.signal), contentType, sink)
  } finally {
    clearTimeout(timer)
    options.signal.removeEventListener('abort', onAbort)
  }
}

const late = (stream: boolean, { firstTokenTimeoutMs, answerTimeoutMs }: RelayOptions): CodedError =>
  new CodedError(
    'UPSTREAM_TIMEOUT',
    stream
      ? `The model server gave no first token within ${firstTokenTimeoutMs / 1000} s.`
      : `The model server gave no answer within ${answerTimeoutMs / 1000} s. A stream has no such limit.`,
  )

/** Some servers forget the content type of their streams. */
const isEventStream = (contentType: string, asked: boolean): boolean =>
  /event-stream/i.test(contentType) || (asked && !/json|html/i.test(contentType))

async function readBytes(body: Readable, signal: AbortSignal): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      size += part.length
      if (size > MAX_ANSWER_BYTES) throw brokeOff('The model server sent an answer that is too large.')
      parts.push(part)
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof CodedError) throw error
    throw brokeOff('The connection to the model server broke.', error)
  }
  return Buffer.concat(parts)
}

function passWhole(bytes: Buffer, contentType: string, sink: RelaySink): void {
  let read: ReturnType<typeof readWholeAnswer>
  try {
    read = readWholeAnswer(bytes.toString('utf8'))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    if (/json/i.test(contentType)) throw brokeOff('The model server sent half an answer.')
    throw new CodedError('UPSTREAM_REJECTED', 'The model server did not answer with JSON. Check VLLM_URL.')
  }
  const { usage, error } = read
  if (error !== null) throw new CompletionError(fromServerError(error), false, error)
  if (usage !== null) sink.usage(usage)
  sink.whole(bytes)
}
