import type { Conversation } from '@slicechat/client'
import { toChatError } from '@slicechat/client'
import { AnswerFollower, isOver } from './answer-follower.ts'
import type { ChatEvents, ChatSurroundings } from './chat-surroundings.ts'
import { EarlyStops, type Ids } from './early-stops.ts'
import { ChatMessage } from './message.svelte.ts'
import { ReaderTiming } from './reader-timing.ts'
import { takeStored, withoutUnsent } from './stored-messages.ts'
import { selectPath } from './tree.ts'

/** The conversation that is open on the page. */
export class Chat {
  readonly #around: ChatSurroundings
  readonly #follower: AnswerFollower
  readonly #early: EarlyStops
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
    this.#early = new EarlyStops(around.sleep)
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
    await this.#ask(content, () => this.path.at(-1)?.node ?? null, model)
  }

  /** The same question in other words: a new branch beside the old one. */
  async edit(message: ChatMessage, content: string, model?: string): Promise<void> {
    await this.#ask(content, () => message.parent, model)
  }

  /** Another answer beside this one; what never reached the API is simply sent again. */
  async regenerate(message: ChatMessage, model?: string): Promise<void> {
    const question = message.parent
    if (!question) return
    const answers = this.#messages.filter(({ parent }) => parent === question)
    const messageId = message.id ?? answers.find(({ id }) => id !== undefined)?.id
    if (messageId === undefined) {
      await this.#ask(question.content, () => question.parent, model)
      return
    }
    const timing = new ReaderTiming(this.#around.now)
    this.#messages = withoutUnsent(this.#messages)
    const answer = this.#add('assistant', question)
    await this.#answer(answer, () => this.#around.client.regenerate({ messageId }).ids, timing)
  }

  choose(message: ChatMessage): void {
    this.#chosen = [...this.#chosen.filter(({ parent }) => parent !== message.parent), message]
  }

  /** Stops what is being answered on the branch that is shown. */
  async stop(): Promise<void> {
    const running = [...this.running]
    for (const message of running) if (message.generationId === undefined) this.#early.stop(message)
    const ids = running.flatMap(({ generationId }) => generationId ?? [])
    await Promise.all(ids.map((id) => this.#stopGeneration(id)))
  }

  async #ask(content: string, parentOf: () => ChatMessage | null, model: string | undefined): Promise<void> {
    const { client, events, now } = this.#around
    const { signal } = this.#open
    const conversationId = this.#id
    try {
      const timing = new ReaderTiming(now)
      this.#messages = withoutUnsent(this.#messages)
      const parent = parentOf()
      const question = this.#add('user', parent, content)
      const answer = this.#add('assistant', question)
      const input = {
        content,
        ...(conversationId !== undefined && { conversationId, parentId: parent?.id ?? null }),
        ...(model !== undefined && { model }),
      }
      await this.#answer(answer, () => client.send(input).ids, timing)
      const failed = answer.outcome?.error !== undefined && question.id === undefined
      if (failed && isOver(signal)) events.onUnsent(content, conversationId)
    } catch (error) {
      events.onUnsent(content, conversationId)
      events.onError(error)
    }
  }

  /**
   * Has an answer made and reads it to its end. Whatever is thrown on the way ends as the answer's own error, beside
   * which another try is offered.
   */
  async #answer(answer: ChatMessage, start: () => Promise<Ids>, timing: ReaderTiming): Promise<void> {
    const { signal } = this.#open
    try {
      const started = start()
      const ids = await this.#early.namedOrStopped(answer, started, signal)
      if (ids === 'stopped') {
        answer.stop()
        // Nobody waits for it any more, but what the API takes after all is to be stopped there.
        started.then((late) => this.#accept(answer, late, signal)).catch(() => undefined)
        return
      }
      if (!this.#accept(answer, ids, signal)) return
      const { conversationId, generationId } = ids
      await this.#follower.follow(answer, generationId, { conversationId, timing, signal })
      if (!isOver(signal)) this.#tell(({ onChanged }) => onChanged(conversationId))
    } catch (error) {
      this.#failed(answer, error, isOver(signal))
    }
  }

  /** The API has stored question and answer. @returns whether the page still shows them */
  #accept(answer: ChatMessage, ids: Ids, signal: AbortSignal): boolean {
    const { conversationId, userMessageId, messageId, generationId } = ids
    answer.parent?.stored(userMessageId)
    answer.stored(messageId, generationId)
    if (this.#early.isStopping(answer)) void this.#stopGeneration(generationId)
    this.#tell(({ onChanged }) => onChanged(conversationId))
    if (isOver(signal) || !this.#messages.includes(answer)) return false
    if (this.#id === undefined) {
      this.#id = conversationId
      this.#tell(({ onCreated }) => onCreated(conversationId))
    }
    return true
  }

  /** Who throws at what it is told does not end the answer that it was told about. */
  #tell(tell: (events: ChatEvents) => void): void {
    try {
      tell(this.#around.events)
    } catch (error) {
      this.#around.events.onError(error)
    }
  }

  #failed(answer: ChatMessage, error: unknown, unseen: boolean): void {
    const isNews = answer.status !== 'finished'
    if (isNews) answer.fail(toChatError(error))
    if (unseen || !isNews) this.#around.events.onError(error)
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
      const following = { conversationId, lastEventId: generation.seq, signal }
      this.#follower
        .follow(message, generation.id, following)
        .catch((error: unknown) => this.#failed(message, error, isOver(signal)))
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
