import type { Timings } from '@slicechat/metrics'
import type { ErrorShape } from '../errors.ts'
import type { FinishNote, FinishReason, Usage } from './event.ts'

export type GenerationStatus = 'queued' | 'running' | 'finished'

/** What is known of the generation behind an assistant's message. */
export interface MessageGeneration {
  id: string
  status: GenerationStatus
  /** The message's text is a snapshot up to here: pass it as `lastEventId` to go on reading. */
  seq: string
  /** The model that answers; before it began, the one that was asked for, `null` where that is the default. */
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
  /** Of an imported answer; that of one that a model gave here is its generation's. */
  note?: FinishNote
  /** Present on answers that a model gave here; absent on imported ones. */
  generation?: MessageGeneration
}

export interface ConversationSummary {
  id: string
  title: string
  /** ISO 8601, UTC. */
  updatedAt: string
}

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
