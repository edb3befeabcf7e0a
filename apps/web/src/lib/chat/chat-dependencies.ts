import type { ChatPort } from './answer-follower.ts'
import type { FrameScheduler } from './frames.ts'
import type { Sleep } from './sleep.ts'

/** What a chat tells the page. */
export interface ChatEvents {
  /** A conversation got its id, with its first message. */
  onCreated: (conversationId: string) => void
  /** The API has accepted a message, or the request for another answer. */
  onBegun: (conversationId: string) => void
  /** An answer has ended. */
  onChanged: (conversationId: string) => void
  /** Something failed that no message on the page can show. */
  onError: (error: unknown) => void
  /**
   * A text was not sent, and no message on the page holds it any more. `refusal`: because the API does not know who this
   * is.
   */
  onUnsent: (content: string, conversationId: string | undefined, refusal?: unknown) => void
}

/** Keeps which branch a conversation shows, by the message at its end; `undefined` stands for the newest branch. */
export interface Branches {
  get: (conversationId: string) => string | undefined
  set: (conversationId: string, messageId: string | undefined) => void
}

/** Everything that a chat needs from outside; tests pass scripted ones. */
export interface ChatDependencies {
  client: ChatPort
  events: ChatEvents
  branches: Branches
  frames: FrameScheduler
  /** Monotonic, in milliseconds. */
  now: () => number
  sleep: Sleep
}
