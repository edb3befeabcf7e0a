import {
  type ErrorShape,
  type FinishedEvent,
  type FinishNote,
  type FinishReason,
  type GenerationStatus,
  type MessageGeneration,
  type Usage,
  omitUndefined,
} from '@slicechat/contract'
import { StreamMeter } from '@slicechat/metrics/reading'
import type { Params, PromptMessage } from '../input.ts'
import { stoodStill } from '../standstill.ts'
import type { Snapshot } from '../store/generations.ts'
import type { UpstreamSink } from '../upstream/upstream.ts'
import { estimateTokens } from './token-estimate.ts'
import { type EventWriter, GenerationLog, type LogEntry } from './log.ts'

/** Reasons for an end that is not the model's. */
export type EndReason = Extract<FinishReason, 'stopped' | 'abandoned' | 'interrupted'>

/** A call that asks for an answer. */
export interface Accepted {
  /** Time of the call's arrival, by `performance.now`; absent if it was not taken. */
  acceptedAt?: number | undefined
}

export interface GenerationRequest extends Accepted {
  id: string
  requestId: string
  owner: string
  /** The personal key that the call came with. */
  keyId?: string | undefined
  model: string | undefined
  params: Params
  /** Returns the messages to complete; called when the generation's turn comes. */
  prompt: () => Promise<readonly PromptMessage[]>
  /** Whether the oldest messages may be left out to fit the context. */
  mayCut: boolean
}

/** One running answer with its log, its timings and its readers. It does not depend on any connection. */
export class Generation {
  readonly request: GenerationRequest
  readonly log = new GenerationLog()
  readonly meter: StreamMeter
  readonly acceptedAt = new Date()
  readonly #orphanTimeoutMs: number
  readonly #abort = new AbortController()
  #status: GenerationStatus = 'queued'
  #model: string | null = null
  #droppedMessages = 0
  #usage: Usage | undefined
  #promptEstimate = 0
  #finished: FinishedEvent | undefined
  #endReason: EndReason | undefined
  #readers = 0
  #orphanTimer: NodeJS.Timeout | undefined

  constructor(request: GenerationRequest, orphanTimeoutMs: number) {
    this.request = request
    // The work between the call's arrival and this moment counts as part of the wait.
    this.meter = new StreamMeter(undefined, request.acceptedAt)
    this.#orphanTimeoutMs = orphanTimeoutMs
    this.#armOrphanTimer()
  }

  get id(): string {
    return this.request.id
  }

  get model(): string | null {
    return this.#model
  }

  get usage(): Usage | undefined {
    return this.#usage
  }

  /**
   * Tokens used so far, as well as they are known: the model server's counts, or without those an estimate from the texts,
   * once the server has been asked. An answer that failed before its first token used none.
   */
  get tokensUsed(): Usage {
    if (this.#usage !== undefined) return this.#usage
    const completionTokens =
      estimateTokens(this.log.text('reasoning')) + estimateTokens(this.log.text('delta'))
    const isRefused = this.#finished?.reason === 'error' && completionTokens === 0
    return { promptTokens: isRefused ? 0 : this.#promptEstimate, completionTokens }
  }

  get finished(): FinishedEvent | undefined {
    return this.#finished
  }

  /** Fires when the generation has to end before the model ends it. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get endReason(): EndReason | undefined {
    return this.#endReason
  }

  queuedAt(position: number): void {
    this.log.append({ type: 'queued', position })
  }

  started(model: string, droppedMessages: number, messages: readonly PromptMessage[]): void {
    this.#status = 'running'
    this.#promptEstimate = estimateTokens(...messages.map(({ content }) => content))
    this.#model = model
    this.#droppedMessages = droppedMessages
    const queuedMs = this.meter.timings().queuedMs ?? 0
    this.log.append({ type: 'started', model, queuedMs, droppedMessages })
  }

  /** Receives the model server's output. */
  readonly sink: UpstreamSink = {
    sent: () => this.meter.sent(),
    arrived: () => this.meter.arrived(),
    emit: (type, text) => this.log.append({ type, text }),
    usage: (usage) => {
      this.#usage = usage
    },
  }

  /** Requests an early end; the first reason counts. @returns whether this call ends the generation */
  end(reason: EndReason): boolean {
    if (this.#finished !== undefined || this.#endReason !== undefined) return false
    this.#endReason = reason
    this.#abort.abort(new Error(reason))
    return true
  }

  /** Ends the generation; must be called once. */
  finish(
    reason: FinishReason,
    { note, error }: { note?: FinishNote | undefined; error?: ErrorShape } = {},
  ): FinishedEvent {
    clearTimeout(this.#orphanTimer)
    this.#status = 'finished'
    this.#finished = {
      type: 'finished',
      reason,
      ...omitUndefined({ note }),
      timings: this.meter.timings(this.#usage?.completionTokens),
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      ...omitUndefined({ error }),
    }
    this.log.append(this.#finished)
    return this.#finished
  }

  /** Streams the events after a position to a reader, up to `finished`; see `GenerationLog.tail`. */
  async *stream(
    position: number,
    signal: AbortSignal,
    writer: EventWriter | undefined,
  ): AsyncGenerator<LogEntry, void, undefined> {
    this.#readers++
    clearTimeout(this.#orphanTimer)
    try {
      yield* this.log.tail(position, signal, writer)
    } finally {
      if (--this.#readers === 0) this.#armOrphanTimer()
    }
  }

  get status(): GenerationStatus {
    return this.#status
  }

  /** What is stored of the answer so far. */
  snapshot(): Snapshot {
    const { id, log } = this
    return {
      id,
      content: log.text('delta'),
      reasoning: log.text('reasoning'),
      seq: this.#textEnd,
      model: this.#model,
      droppedMessages: this.#droppedMessages,
      usage: this.#usage,
    }
  }

  /** The position at which the text ends; the `finished` event comes after it. */
  get #textEnd(): number {
    return this.#finished === undefined ? this.log.end : this.log.end - 1
  }

  state(): MessageGeneration {
    const finished = this.#finished
    return {
      id: this.id,
      status: this.#status,
      seq: String(this.#textEnd),
      model: this.#model ?? this.request.model ?? null,
      droppedMessages: this.#droppedMessages,
      ...(finished === undefined ? {} : { reason: finished.reason, timings: finished.timings }),
      ...omitUndefined({ note: finished?.note, usage: this.#usage, error: finished?.error }),
    }
  }

  #armOrphanTimer(): void {
    if (this.#finished !== undefined) return
    const timer = setTimeout(() => {
      if (stoodStill()) timer.refresh()
      else this.end('abandoned')
    }, this.#orphanTimeoutMs)
    this.#orphanTimer = timer.unref()
  }
}
