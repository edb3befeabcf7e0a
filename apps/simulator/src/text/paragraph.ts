/** What a paragraph shows, so that a question about tables gets one. */
export type Topic = 'prose' | 'list' | 'table' | 'code' | 'mathematics'
export type Language = 'en' | 'zh'

/** One block of Markdown; answers are paragraphs joined by blank lines. */
export interface Paragraph {
  readonly language: Language
  readonly topic: Topic
  readonly text: string
}
