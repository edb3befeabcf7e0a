import type { ChatClient } from '@slicechat/client'
import { toChatError } from '@slicechat/client'
import type { ChatMessage } from './message.svelte.ts'
import type { ReaderTiming } from './reader-timing.ts'
import type { Sleep } from './sleep.ts'

/** The part of the client that a chat needs; tests pass a scripted one. */
export type ChatPort = Pick<ChatClient, 'send' | 'regenerate' | 'watch' | 'stop'> & {
  api: {
    conversations: Pick<ChatClient['api']['conversations'], 'get'>
    generations: Pick<ChatClient['api']['generations'], 'report'>
  }
}

/** Functions, because these values change between two checks and TypeScript's narrowing assumes that they do not. */
const isDone = (message: ChatMessage): boolean => message.status === 'finished'
export const isOver = (signal: AbortSignal): boolean => signal.aborted

const MAX_PAUSE_MS = 15_000

/** Fails an answer, unless its reader has left or reading can go on over another connection. */
function failUnlessLost(message: ChatMessage, error: unknown, signal: AbortSignal): void {
  const failure = toChatError(error)
  const mayGoOn = failure.retryable && failure.code !== 'CLIENT_FAILED'
  if (!isOver(signal) && !isDone(message) && !mayGoOn) message.fail(failure)
}

interface Following {
  conversationId: string
  lastEventId?: string | undefined
  /** Present if this reader has waited since sending the message, so that the measured times are worth reporting. */
  timing?: ReaderTiming | undefined
  signal: AbortSignal
}

/**
 * Reads a running answer into its message, to the end. The client itself resumes after a drop. When the client has
 * given up, the follower loads the conversation again and reads on from there, until the reader leaves.
 */
export class AnswerFollower {
  readonly #client: ChatPort
  readonly #sleep: Sleep

  constructor(client: ChatPort, sleep: Sleep) {
    this.#client = client
    this.#sleep = sleep
  }

  async follow(message: ChatMessage, generationId: string, following: Following): Promise<void> {
    const { conversationId, signal } = following
    let { lastEventId, timing } = following
    for (let losses = 0; !isOver(signal); losses++) {
      const length = message.content.length
      await this.#read(message, generationId, { ...following, lastEventId, timing })
      if (isDone(message) || isOver(signal)) return
      timing = undefined
      if (message.content.length > length) losses = 0
      message.lose()
      lastEventId = await this.#resync(message, conversationId, losses, signal)
      if (isDone(message)) return
    }
  }

  /** Reads one stream to its end, or until it breaks. */
  async #read(
    message: ChatMessage,
    generationId: string,
    { lastEventId, timing, signal }: Following,
  ): Promise<void> {
    const position = lastEventId === undefined ? {} : { lastEventId }
    try {
      for await (const event of this.#client.watch(generationId, { ...position, signal })) {
        if (event.type === 'delta' || event.type === 'reasoning') timing?.text()
        message.apply(event)
      }
    } catch (error) {
      failUnlessLost(message, error, signal)
      return
    }
    void this.#report(message, generationId, timing)
  }

  /** Waits, then takes over what the API has stored by then. Resolves to the position to read on from. */
  async #resync(
    message: ChatMessage,
    conversationId: string,
    losses: number,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    for (let pauses = losses; !isOver(signal); pauses++) {
      await this.#sleep(Math.min(1_000 * 2 ** pauses, MAX_PAUSE_MS), signal)
      try {
        const { messages } = await this.#client.api.conversations.get.query(
          { id: conversationId },
          { signal },
        )
        const stored = messages.find(({ id }) => id === message.id)
        if (stored) message.restore(stored)
        return stored?.generation?.seq
      } catch (error) {
        failUnlessLost(message, error, signal)
        if (isDone(message)) return undefined
      }
    }
    return undefined
  }

  async #report(message: ChatMessage, generationId: string, timing: ReaderTiming | undefined): Promise<void> {
    try {
      const report = timing?.report(message.outcome?.usage?.completionTokens)
      if (report) await this.#client.api.generations.report.mutate({ generationId, ...report })
    } catch {
      // The report is a figure for the operator; a failure to send it is not shown.
    }
  }
}
