import type { Conversation } from '@slicechat/client'
import { toChatError } from '@slicechat/client'
import type { ChatPort, Sleep } from './answer-follower.ts'
import { AnswerFollower, isOver } from './answer-follower.ts'
import type { FrameScheduler } from './frames.ts'
import { ChatMessage } from './message.svelte.ts'
import { ReaderTiming } from './reader-timing.ts'
import { takeStored, withoutUnsent } from './stored-messages.ts'
import { selectPath } from './tree.ts'

export interface ChatEvents {
  /** A conversation got its id, by its first message. */
  onCreated: (conversationId: string) => void
  /** A conversation has a new message, or an answer has ended. */
  onChanged: (conversationId: string) => void
  onError: (error: unknown) => void
}

export interface ChatSurroundings {
  client: ChatPort
  events: ChatEvents
  frames: FrameScheduler
  /** Monotonic, in milliseconds. */
  now: () => number
  sleep: Sleep
}

type Ids = Awaited<ReturnType<ChatPort['send']>['ids']>

/** The conversation that is open on the page. */
export class Chat {
  readonly #around: ChatSurroundings
  readonly #follower: AnswerFollower
  readonly #stopRequested = new WeakSet<ChatMessage>()
  /** Ends the reading (never the answers) of the conversation that is left. */
  #open = new AbortController()

  #id = $state<string>()
  #title = $state('')
  #messages = $state.raw<ChatMessage[]>([])
  #chosen = $state.raw<ChatMessage[]>([])
  #loading = $state(false)
  #failure = $state.raw<unknown>()

  readonly path = $derived(selectPath(this.#messages, this.#chosen))
  readonly running = $derived(this.path.map(({ node }) => node).filter(({ status }) => status !== 'finished'))
  readonly lost = $derived(this.running.some(({ lost }) => lost))

  constructor(around: ChatSurroundings) {
    this.#around = around
    this.#follower = new AnswerFollower(around.client, around.sleep)
  }

  /** `undefined` while the conversation is only about to begin. */
  get id(): string | undefined {
    return this.#id
  }
  get title(): string {
    return this.#title
  }
  get loading(): boolean {
    return this.#loading
  }
  /** Why the conversation could not be loaded. */
  get failure(): unknown {
    return this.#failure
  }

  /** Shows a conversation, or an empty page; the one that is open stays as it is. */
  async open(id: string | undefined): Promise<void> {
    if (id !== undefined && id === this.#id && this.#failure === undefined) return
    this.close()
    this.#id = id
    this.#title = ''
    this.#messages = []
    this.#chosen = []
    this.#failure = undefined
    this.#loading = id !== undefined
    if (id !== undefined) await this.#load(id)
  }

  /** Fetches the conversation again, for what another tab did to it. Leaves a running answer alone. */
  async refresh(): Promise<void> {
    if (this.#id !== undefined && !this.#loading && this.running.length === 0) await this.#load(this.#id)
  }

  /** Stops reading; the answers go on at the server. */
  close(): void {
    this.#open.abort()
    this.#open = new AbortController()
  }

  renamed(title: string): void {
    this.#title = title
  }

  async send(content: string, model?: string): Promise<void> {
    this.#messages = withoutUnsent(this.#messages)
    await this.#ask(content, this.path.at(-1)?.node ?? null, model)
  }

  /** The same question in other words: a new branch beside the old one. */
  async edit(message: ChatMessage, content: string, model?: string): Promise<void> {
    this.#messages = withoutUnsent(this.#messages)
    await this.#ask(content, message.parent, model)
  }

  /** Another answer beside this one; what never reached the API is simply sent again. */
  async regenerate(message: ChatMessage, model?: string): Promise<void> {
    const question = message.parent
    if (!question) return
    const answers = this.#messages.filter(({ parent }) => parent === question)
    const messageId = message.id ?? answers.find(({ id }) => id !== undefined)?.id
    this.#messages = withoutUnsent(this.#messages)
    if (messageId === undefined) {
      await this.#ask(question.content, question.parent, model)
      return
    }
    const timing = new ReaderTiming(this.#around.now)
    const answer = this.#add('assistant', question)
    await this.#begin(answer, this.#around.client.regenerate({ messageId }).ids, timing)
  }

  choose(message: ChatMessage): void {
    this.#chosen = [...this.#chosen.filter(({ parent }) => parent !== message.parent), message]
  }

  /** Stops what is being answered on the branch that is shown. */
  async stop(): Promise<void> {
    for (const message of this.running) {
      this.#stopRequested.add(message)
      if (message.generationId !== undefined) await this.#stopGeneration(message.generationId)
    }
  }

  async #ask(content: string, parent: ChatMessage | null, model: string | undefined): Promise<void> {
    const { client, now } = this.#around
    const timing = new ReaderTiming(now)
    const question = this.#add('user', parent, content)
    const answer = this.#add('assistant', question)
    const { ids } = client.send({
      content,
      ...(this.#id !== undefined && { conversationId: this.#id, parentId: parent?.id ?? null }),
      ...(model !== undefined && { model }),
    })
    await this.#begin(answer, ids, timing)
  }

  async #begin(answer: ChatMessage, started: Promise<Ids>, timing: ReaderTiming): Promise<void> {
    const { signal } = this.#open
    const { onCreated, onChanged } = this.#around.events
    let ids: Ids
    try {
      ids = await started
    } catch (error) {
      answer.fail(toChatError(error))
      return
    }
    const { conversationId, userMessageId, messageId, generationId } = ids
    answer.parent?.stored(userMessageId)
    answer.stored(messageId, generationId)
    onChanged(conversationId)
    if (this.#stopRequested.has(answer)) await this.#stopGeneration(generationId)
    if (isOver(signal)) return
    if (this.#id === undefined) {
      this.#id = conversationId
      onCreated(conversationId)
    }
    await this.#follower.follow(answer, generationId, { conversationId, timing, signal })
    if (!isOver(signal)) onChanged(conversationId)
  }

  async #stopGeneration(generationId: string): Promise<void> {
    try {
      await this.#around.client.stop(generationId)
    } catch (error) {
      this.#around.events.onError(error)
    }
  }

  async #load(id: string): Promise<void> {
    const { signal } = this.#open
    try {
      const conversation = await this.#around.client.api.conversations.get.query({ id }, { signal })
      if (!isOver(signal)) this.#show(conversation, signal)
    } catch (error) {
      if (isOver(signal)) return
      this.#loading = false
      // A refresh that fails leaves what is shown.
      if (this.#messages.length === 0) this.#failure = error
    }
  }

  #show({ id: conversationId, title, messages }: Conversation, signal: AbortSignal): void {
    const { frames, now } = this.#around
    this.#title = title
    this.#messages = takeStored(this.#messages, messages, (role, parent) => {
      return new ChatMessage({ role, parent, frames, now })
    })
    this.#loading = false
    for (const { id, generation } of messages) {
      if (!generation || generation.status === 'finished') continue
      const message = this.#messages.find((shown) => shown.id === id)
      if (!message) continue
      void this.#follower.follow(message, generation.id, {
        conversationId,
        lastEventId: generation.seq,
        signal,
      })
    }
  }

  #add(role: 'user' | 'assistant', parent: ChatMessage | null, content = ''): ChatMessage {
    const { frames, now } = this.#around
    const message = new ChatMessage({ role, parent, content, frames, now })
    this.#messages = [...this.#messages, message]
    this.choose(message)
    return message
  }
}
