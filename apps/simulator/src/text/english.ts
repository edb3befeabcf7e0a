import type { Paragraph, Topic } from './paragraph.ts'

const of = (topic: Topic, text: string): Paragraph => ({ language: 'en', topic, text })

/** English prose and lists. */
export const english: readonly Paragraph[] = [
  of(
    'prose',
    'That is a good question, and the short answer is: it depends on how much of the work can be shared. When several people ask at once, the weights are read from memory once for all of them, so the second reader is almost free and the thirtieth is not.',
  ),
]
