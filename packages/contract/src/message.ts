import type { Timings } from '@slicechat/metrics/reading'
import type { ErrorShape } from './errors.ts'
import type { FinishNote, FinishReason, Usage } from './event.ts'

/** `queued`: before its `started` event. `running`: from then on, until its `finished`. */
export type GenerationStatus = 'queued' | 'running' | 'finished'

/** The generation behind an assistant's message. */
export interface MessageGeneration {
  id: string
  status: GenerationStatus
  /** Position up to which the message's text is a snapshot: pass it as `lastEventId` to go on reading. */
  seq: string
  /** The model that answers; before the answer begins, the model that was asked for, `null` for the default. */
  model: string | null
  reason?: FinishReason
  note?: FinishNote
  usage?: Usage
  timings?: Timings
  error?: ErrorShape
  /** Oldest messages that were left out so that the rest fits the model's context. */
  droppedMessages: number
}

/** A node of a conversation's tree: siblings share a `parentId`. */
export interface Message {
  id: string
  parentId: string | null
  role: 'user' | 'assistant'
  content: string
  reasoning: string
  /** ISO 8601, UTC. */
  createdAt: string
  /** Note of an imported answer. An answer generated here has its note in `generation`. */
  note?: FinishNote
  /** Present on answers generated here; absent on imported ones. */
  generation?: MessageGeneration
}

/** A conversation as the list shows it. */
export interface ConversationSummary {
  id: string
  title: string
  /** ISO 8601, UTC. */
  updatedAt: string
}

/** A conversation with all its branches. */
export interface Conversation extends ConversationSummary {
  /** Every message of the tree, oldest first. */
  messages: Message[]
}

/** A conversation as a file: `conversations.export` writes it, `conversations.import` reads it. */
export interface ConversationExport {
  format: 'slicechat-conversation'
  version: 1
  title: string
  messages: Omit<Message, 'generation'>[]
}
