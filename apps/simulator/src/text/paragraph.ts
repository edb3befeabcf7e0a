/** The kind of content of a paragraph, so that a question about tables gets a table. */
export type Topic = 'prose' | 'list' | 'table' | 'code' | 'mathematics'
export type Language = 'en' | 'zh'

/** One block of Markdown; answers are paragraphs joined by blank lines. */
export interface Paragraph {
  readonly language: Language
  readonly topic: Topic
  readonly text: string
}
