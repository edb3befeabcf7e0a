import { StreamMeter } from '@slicechat/metrics'
import type { FinishedEvent, FinishNote, FinishReason, Usage } from '../contract/event.ts'
import type { Params, PromptMessage } from '../contract/input.ts'
import type { GenerationStatus, MessageGeneration } from '../contract/message.ts'
import type { ErrorShape } from '../errors.ts'
import { stoodStill } from '../standstill.ts'
import type { Snapshot } from '../store/generations.ts'
import type { UpstreamSink } from '../upstream/upstream.ts'
import { GenerationLog } from './log.ts'

/** Why something other than the model ends a generation. */
export type EndReason = Extract<FinishReason, 'stopped' | 'abandoned' | 'interrupted'>

/** A call that asks for an answer. */
export interface Accepted {
  /** When it arrived, as `performance.now` tells; absent where nobody looked. */
  acceptedAt?: number | undefined
}

export interface GenerationRequest extends Accepted {
  id: string
  requestId: string
  owner: string
  model: string | undefined
  params: Params
  /** The messages to complete; read when the generation's turn comes. */
  prompt: () => Promise<readonly PromptMessage[]>
  /** Whether oldest messages may be left out to fit the context. */
  mayCut: boolean
}

/** One answer being made: its log, its clock, its readers. Lives on its own; connections come and go. */
export class Generation {
  readonly request: GenerationRequest
  readonly log = new GenerationLog()
  readonly meter: StreamMeter
  readonly #orphanTimeoutMs: number
  readonly #abort = new AbortController()
  #status: GenerationStatus = 'queued'
  #model: string | null = null
  #droppedMessages = 0
  #usage: Usage | undefined
  #finished: FinishedEvent | undefined
  #endReason: EndReason | undefined
  #readers = 0
  #orphanTimer: NodeJS.Timeout | undefined

  constructor(request: GenerationRequest, orphanTimeoutMs: number) {
    this.request = request
    // What was done before the answer could begin is part of the wait for it.
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

  get finished(): FinishedEvent | undefined {
    return this.#finished
  }

  /** Fires when the generation is to end before the model ends it. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get endReason(): EndReason | undefined {
    return this.#endReason
  }

  queuedAt(position: number): void {
    this.log.append({ type: 'queued', position })
  }

  started(model: string, droppedMessages: number): void {
    this.#status = 'running'
    this.#model = model
    this.#droppedMessages = droppedMessages
    const queuedMs = this.meter.timings().queuedMs ?? 0
    this.log.append({ type: 'started', model, queuedMs, droppedMessages })
  }

  /** Where the model server's pieces go. */
  readonly sink: UpstreamSink = {
    sent: () => this.meter.sent(),
    arrived: () => this.meter.arrived(),
    emit: (type, text) => this.log.append({ type, text }),
    usage: (usage) => {
      this.#usage = usage
    },
  }

  /** Asks for an early end; the first reason counts. @returns whether this call is the one that ends it */
  end(reason: EndReason): boolean {
    if (this.#finished !== undefined || this.#endReason !== undefined) return false
    this.#endReason = reason
    this.#abort.abort(new Error(reason))
    return true
  }

  /** The end, once. */
  finish(
    reason: FinishReason,
    { note, error }: { note?: FinishNote | undefined; error?: ErrorShape } = {},
  ): FinishedEvent {
    clearTimeout(this.#orphanTimer)
    this.#status = 'finished'
    this.#finished = {
      type: 'finished',
      reason,
      ...(note === undefined ? {} : { note }),
      timings: this.meter.timings(this.#usage?.completionTokens),
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      ...(error === undefined ? {} : { error }),
    }
    this.log.append(this.#finished)
    return this.#finished
  }

  /** Counts a reader in. @returns counts it out, once */
  join(): () => void {
    this.#readers++
    clearTimeout(this.#orphanTimer)
    let gone = false
    return () => {
      if (gone) return
      gone = true
      if (--this.#readers === 0) this.#armOrphanTimer()
    }
  }

  /** The text so far, stamped with its position. */
  snapshot(): Snapshot {
    const { id, log } = this
    return { id, content: log.text('delta'), reasoning: log.text('reasoning'), seq: this.#textEnd }
  }

  /** The position up to which the text stands; `finished` comes after it. */
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
      ...(finished?.note === undefined ? {} : { note: finished.note }),
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      ...(finished?.error === undefined ? {} : { error: finished.error }),
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
