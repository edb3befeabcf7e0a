/** Languages in which dialogues ship. */
export type Language = 'en' | 'zh'

/** The user's messages of a conversation, in an order that makes sense whatever the assistant answers. */
export interface Dialogue {
  readonly id: string
  readonly topic: string
  readonly language: Language
  readonly turns: readonly string[]
}
