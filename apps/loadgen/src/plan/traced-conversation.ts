import type { Language } from '../dialogues/dialogue.ts'
import type { RandomStream } from '../random/random-stream.ts'

/** A message before the rest of its turn is drawn at random. */
export interface Message {
  readonly content: string
  /** Maximum tokens of the answer, used if the scenario sets none. */
  readonly maxTokens: number | undefined
}

/** A conversation as read from a trace's file. */
export interface TracedConversation {
  /** Milliseconds from the trace's own zero; `undefined` in formats without times. */
  readonly atMs: number | undefined
  /** The system prompt recorded before its messages; absent in formats without text. */
  readonly systemPrompt?: string | undefined
  /** Its messages, at least one; made on demand, with random streams for what the trace does not hold. */
  messages(random: (purpose: string) => RandomStream, language: Language): Message[]
}
