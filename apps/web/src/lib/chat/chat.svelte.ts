import type { Conversation } from '@slicechat/client'
import { toChatError } from '@slicechat/client'
import { AnswerFollower, isOver } from './answer-follower.ts'
import type { ChatEvents, ChatDependencies } from './chat-dependencies.ts'
import { EarlyStops, type Ids } from './early-stops.ts'
import type { ChatMessage } from './message.svelte.ts'
import { MessageTree } from './message-tree.svelte.ts'
import { ReaderTiming } from './reader-timing.ts'

/** The conversation that is open on the page. */
export class Chat {
  readonly #dependencies: ChatDependencies
  readonly #follower: AnswerFollower
  readonly #early: EarlyStops
  readonly #tree: MessageTree
  /** Ends the reading of the open conversation when the reader leaves it; the answers themselves go on. */
  #open = new AbortController()

  #id = $state<string>()
  #title = $state('')
  #isStale = false
  #loading = $state(false)
  #failure = $state.raw<unknown>()

  readonly path = $derived.by(() => this.#tree.path)
  readonly running = $derived(this.path.map(({ node }) => node).filter(({ status }) => status !== 'finished'))
  readonly lost = $derived(this.running.some(({ lost }) => lost))

  constructor(dependencies: ChatDependencies) {
    this.#dependencies = dependencies
    this.#follower = new AnswerFollower(dependencies.client, dependencies.sleep)
    this.#early = new EarlyStops(dependencies.sleep)
    this.#tree = new MessageTree(dependencies)
  }

  /** `undefined` until the API has accepted the first message of a new conversation. */
  get id(): string | undefined {
    return this.#id
  }
  get title(): string {
    return this.#title
  }
  get loading(): boolean {
    return this.#loading
  }
  /** Key of the question that was asked last on this page. */
  get asked(): string | undefined {
    return this.#tree.asked
  }
  /** Why the conversation could not be loaded. */
  get failure(): unknown {
    return this.#failure
  }

  /** Shows a conversation, or an empty page for `undefined`. A conversation that is open already stays as it is. */
  async open(id: string | undefined): Promise<void> {
    if (id !== undefined && id === this.#id && this.#failure === undefined) return
    this.close()
    this.#id = id
    this.#title = ''
    this.#tree.clear()
    this.#failure = undefined
    this.#loading = id !== undefined
    if (id !== undefined) await this.#load(id)
  }

  /** Takes over what another tab or device did to the conversation. Text that is read or written here stays. */
  async refresh(): Promise<void> {
    if (this.#id === undefined || this.#loading || this.#failure !== undefined) return
    this.#isStale = this.#tree.isSending
    if (!this.#isStale) await this.#load(this.#id)
  }

  /** Keeps the shown branch, whatever others add beside it. Returns the function that unpins it. */
  pinBranch(): () => void {
    return this.#tree.pinBranch()
  }

  /** Stops reading; the answers go on at the server. */
  close(): void {
    this.#open.abort()
    this.#open = new AbortController()
  }

  async send(content: string, model?: string): Promise<void> {
    // A message that was not sent has no answers, so the new message does not follow it.
    const last = (): ChatMessage | null =>
      this.path.findLast(({ node }) => node.id !== undefined)?.node ?? null
    await this.#ask(content, last, model)
  }

  /** Asks the same question in other words, as a new branch beside the old one. */
  async edit(message: ChatMessage, content: string, model?: string): Promise<void> {
    await this.#ask(content, () => message.parent, model)
  }

  /** Asks for another answer beside this one. A question that never reached the API is sent again. */
  async regenerate(message: ChatMessage, model?: string): Promise<void> {
    const question = message.parent
    if (!question) return
    const messageId = message.id ?? this.#tree.answersTo(question).find(({ id }) => id !== undefined)?.id
    if (messageId === undefined) {
      await this.#ask(question.content, () => question.parent, model)
      return
    }
    const timing = new ReaderTiming(this.#dependencies.now)
    this.#tree.dropUnsent()
    const answer = this.#tree.add('assistant', question, { model: model ?? message.model })
    const input = { messageId, ...(model !== undefined && { model }) }
    await this.#answer(answer, () => this.#dependencies.client.regenerate(input).ids, timing)
  }

  choose(message: ChatMessage): void {
    this.#tree.choose(message)
    if (this.#id !== undefined) this.#dependencies.branches.set(this.#id, this.#tree.branch)
  }

  /** Stops the running answers of the shown branch. */
  async stop(): Promise<void> {
    const running = [...this.running]
    for (const message of running) if (message.generationId === undefined) this.#early.stop(message)
    await Promise.all(running.flatMap(({ generationId: id }) => (id ? this.#stopGeneration(id) : [])))
  }

  async #ask(content: string, parentOf: () => ChatMessage | null, model: string | undefined): Promise<void> {
    const { client, events, now } = this.#dependencies
    const { signal } = this.#open
    const conversationId = this.#id
    try {
      const timing = new ReaderTiming(now)
      this.#tree.dropUnsent(content)
      const parent = parentOf()
      const question = this.#tree.add('user', parent, { content })
      const answer = this.#tree.add('assistant', question, { model })
      const input = {
        content,
        ...(conversationId !== undefined && { conversationId, parentId: parent?.id ?? null }),
        ...(model !== undefined && { model }),
      }
      await this.#answer(answer, () => client.send(input).ids, timing)
      const error = answer.outcome?.error
      const isRefused = error?.code === 'UNAUTHENTICATED'
      if (!error || question.id !== undefined || !(isRefused || isOver(signal))) return
      if (isRefused) this.#tree.dropUnsent(content)
      events.onUnsent(content, conversationId, ...(isRefused ? [error] : []))
    } catch (error) {
      events.onUnsent(content, conversationId)
      events.onError(error)
    }
  }

  /**
   * Starts an answer and reads it to its end. Whatever is thrown on the way becomes the answer's own error, beside
   * which the page offers another try.
   */
  async #answer(answer: ChatMessage, start: () => Promise<Ids>, timing: ReaderTiming): Promise<void> {
    const { signal } = this.#open
    const unpin = this.pinBranch()
    try {
      const started = start()
      const ids = await this.#early.namedOrStopped(answer, started, signal)
      if (ids === 'stopped') {
        answer.stop()
        // Nobody waits for this call any more, but an answer that the API still accepts has to be stopped there.
        started.then((late) => this.#accept(answer, late, signal)).catch(() => undefined)
        return
      }
      if (!this.#accept(answer, ids, signal)) return
      const { conversationId, generationId } = ids
      await this.#follower.follow(answer, generationId, { conversationId, timing, signal })
      if (!isOver(signal)) this.#tell(({ onChanged }) => onChanged(conversationId))
    } catch (error) {
      this.#failed(answer, error, isOver(signal))
    } finally {
      unpin()
      if (this.#isStale) void this.refresh()
    }
  }

  /** Called when the API has stored question and answer. @returns whether the page still shows them */
  #accept(answer: ChatMessage, ids: Ids, signal: AbortSignal): boolean {
    const { conversationId, userMessageId, messageId, generationId } = ids
    answer.parent?.stored(userMessageId)
    answer.stored(messageId, generationId)
    if (this.#early.isStopping(answer)) void this.#stopGeneration(generationId)
    // What has just been written is on the newest branch; the reader may have turned to another one since.
    this.#dependencies.branches.set(conversationId, isOver(signal) ? undefined : this.#tree.branch)
    this.#tell(({ onBegun }) => onBegun(conversationId))
    if (this.#isStale) void this.refresh()
    if (isOver(signal) || !this.#tree.has(answer)) return false
    if (this.#id === undefined) {
      this.#id = conversationId
      this.#tell(({ onCreated }) => onCreated(conversationId))
    }
    return true
  }

  /** Calls a listener. A listener that throws does not end the answer that it is told about. */
  #tell(tell: (events: ChatEvents) => void): void {
    try {
      tell(this.#dependencies.events)
    } catch (error) {
      this.#dependencies.events.onError(error)
    }
  }

  #failed(answer: ChatMessage, error: unknown, unseen: boolean): void {
    const isNews = answer.status !== 'finished'
    if (isNews) answer.fail(toChatError(error))
    if (unseen || !isNews) this.#dependencies.events.onError(error)
  }

  async #stopGeneration(generationId: string): Promise<void> {
    try {
      await this.#dependencies.client.stop(generationId)
    } catch (error) {
      this.#dependencies.events.onError(error)
    }
  }

  async #load(id: string): Promise<void> {
    const { signal } = this.#open
    try {
      const conversation = await this.#dependencies.client.api.conversations.get.query({ id }, { signal })
      if (isOver(signal)) return
      // The reply may already contain the message that is being sent, and the page could not tell.
      this.#isStale = this.#tree.isSending
      if (!this.#isStale) this.#show(conversation, signal)
    } catch (error) {
      if (isOver(signal)) return
      this.#loading = false
      // A refresh that fails leaves the shown messages, unless the conversation was deleted.
      if (this.path.length > 0 && toChatError(error).code !== 'NOT_FOUND') return
      this.close()
      this.#tree.clear()
      this.#failure = error
    }
  }

  #show({ id: conversationId, title, messages }: Conversation, signal: AbortSignal): void {
    this.#title = title
    const unread = this.#tree.take(messages)
    if (this.#loading) this.#tree.showBranch(this.#dependencies.branches.get(conversationId))
    this.#loading = false
    for (const { message, generationId, seq } of unread)
      this.#follower
        .follow(message, generationId, { conversationId, lastEventId: seq, signal })
        .catch((error: unknown) => this.#failed(message, error, isOver(signal)))
  }
}
