import type { ChatError, FinishedEvent, GenerationEvent, Message } from '@slicechat/client'
import type { FrameScheduler } from './frames.ts'
import { FramePacer } from './frames.ts'

export type AnswerStatus = 'queued' | 'running' | 'finished'
export type AnswerError =
  NonNullable<FinishedEvent['error']> | Pick<ChatError, 'code' | 'message' | 'retryable'>

export interface Outcome {
  reason: FinishedEvent['reason']
  usage?: FinishedEvent['usage']
  timings?: FinishedEvent['timings'] | undefined
  error?: AnswerError | undefined
}

/** What is known of a message before the API has replied. */
export interface Known {
  content?: string
  /** The requested model. */
  model?: string | undefined
}

interface Beginning extends Known {
  role: Message['role']
  parent: ChatMessage | null
  frames: FrameScheduler
  now: () => number
}

let keys = 0

/** One message on the page: a stored one, one that is being sent, or an answer that is coming in. */
export class ChatMessage {
  /** Stays the same when the id becomes known, so that the page keeps the element. */
  readonly key = `m${++keys}`
  readonly role: Message['role']
  readonly parent: ChatMessage | null
  /** When the wait for this answer began, on the clock that was passed in. */
  readonly waitingSince: number
  readonly #pacer: FramePacer
  #pendingContent = ''
  #pendingReasoning = ''

  #id = $state<string>()
  #generationId = $state<string>()
  #content = $state('')
  #reasoning = $state('')
  #status = $state<AnswerStatus>('finished')
  #position = $state<number>()
  #model = $state<string>()
  #droppedMessages = $state(0)
  #outcome = $state.raw<Outcome>()
  #note = $state<string>()
  #lost = $state(false)

  constructor({ role, parent, content = '', model, frames, now }: Beginning) {
    this.role = role
    this.parent = parent
    this.waitingSince = now()
    this.#content = content
    this.#model = model
    this.#status = role === 'user' ? 'finished' : 'queued'
    this.#pacer = new FramePacer(() => this.#draw(), frames)
  }

  /** `undefined` until the API has stored the message. */
  get id(): string | undefined {
    return this.#id
  }
  get generationId(): string | undefined {
    return this.#generationId
  }
  get content(): string {
    return this.#content
  }
  get reasoning(): string {
    return this.#reasoning
  }
  get status(): AnswerStatus {
    return this.#status
  }
  /** Place in the queue, from 1, as the API last reported it. */
  get position(): number | undefined {
    return this.#position
  }
  get model(): string | undefined {
    return this.#model
  }
  /** Number of older messages that did not fit into the model's context. */
  get droppedMessages(): number {
    return this.#droppedMessages
  }
  get outcome(): Outcome | undefined {
    return this.#outcome
  }
  /** The model server's note on the end of the answer. */
  get note(): string | undefined {
    return this.#note
  }
  /** Whether the answer's stream broke and another one is being tried. */
  get lost(): boolean {
    return this.#lost
  }

  stored(id: string, generationId?: string): void {
    this.#id = id
    this.#generationId = generationId
  }

  /** Takes over the stored message. */
  restore({ id, content, reasoning, note, generation }: Message): void {
    this.#pacer.flush()
    this.stored(id, generation?.id)
    this.#content = content
    this.#reasoning = reasoning
    this.#lost = false
    this.#status = generation?.status ?? 'finished'
    this.#note = (generation?.note ?? note)?.message
    if (!generation) return
    this.#model = generation.model ?? undefined
    this.#droppedMessages = generation.droppedMessages
    const { status, reason, usage, timings, error } = generation
    if (status === 'finished') this.#outcome = { reason: reason ?? 'stop', usage, timings, error }
  }

  apply(event: GenerationEvent): void {
    this.#lost = false
    switch (event.type) {
      case 'queued':
        this.#position = event.position
        break
      case 'started':
        this.#status = 'running'
        this.#model = event.model
        this.#droppedMessages = event.droppedMessages
        break
      case 'reasoning':
        this.#pendingReasoning += event.text
        this.#pacer.request()
        break
      case 'delta':
        this.#pendingContent += event.text
        this.#pacer.request()
        break
      case 'finished':
        this.#pacer.flush()
        this.#outcome = event
        this.#note = event.note?.message
        this.#status = 'finished'
    }
  }

  fail(error: AnswerError): void {
    this.#end({ reason: 'error', error })
  }

  /** Ends the answer before the API has reported its end. */
  stop(): void {
    this.#end({ reason: 'stopped' })
  }

  lose(): void {
    this.#pacer.flush()
    this.#lost = true
  }

  #end(outcome: Outcome): void {
    this.#pacer.flush()
    this.#lost = false
    this.#outcome = outcome
    this.#status = 'finished'
  }

  #draw(): void {
    if (this.#pendingReasoning !== '') this.#reasoning += this.#pendingReasoning
    if (this.#pendingContent !== '') this.#content += this.#pendingContent
    this.#pendingReasoning = ''
    this.#pendingContent = ''
  }
}
