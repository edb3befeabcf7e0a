import type { Language } from '../../dialogues/dialogue.ts'
import type { Message } from '../conversation.ts'
import type { RandomStream } from '../random-stream.ts'

/** A conversation as a trace's file gives it. */
export interface TracedConversation {
  /** From the trace's own zero; `undefined` in formats without times. */
  readonly atMs: number | undefined
  /** What stood before its messages; absent in formats without words. */
  readonly systemPrompt?: string | undefined
  /** Its messages, at least one; made when they are needed, by streams of chance for what the trace does not hold. */
  messages(random: (purpose: string) => RandomStream, language: Language): Message[]
}
