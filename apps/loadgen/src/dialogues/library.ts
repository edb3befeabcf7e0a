import type { RandomStream } from '../random/random-stream.ts'
import type { Dialogue, Language } from './dialogue.ts'
import enLearning from './en-learning.json' with { type: 'json' }
import enOffice from './en-office.json' with { type: 'json' }
import enPlanning from './en-planning.json' with { type: 'json' }
import enProgramming from './en-programming.json' with { type: 'json' }
import enWriting from './en-writing.json' with { type: 'json' }
import zhLearning from './zh-learning.json' with { type: 'json' }
import zhOffice from './zh-office.json' with { type: 'json' }
import zhPlanning from './zh-planning.json' with { type: 'json' }
import zhProgramming from './zh-programming.json' with { type: 'json' }
import zhWriting from './zh-writing.json' with { type: 'json' }

const of = (
  language: Language,
  ...topics: readonly { topic: string; dialogues: readonly { id: string; turns: string[] }[] }[]
): Dialogue[] =>
  topics.flatMap(({ topic, dialogues }) => dialogues.map((dialogue) => ({ ...dialogue, topic, language })))

/** Every dialogue that ships. */
export const DIALOGUES: readonly Dialogue[] = [
  ...of('en', enLearning, enOffice, enPlanning, enProgramming, enWriting),
  ...of('zh', zhLearning, zhOffice, zhPlanning, zhProgramming, zhWriting),
]

const BY_LANGUAGE = { en: inLanguage('en'), zh: inLanguage('zh') }

function inLanguage(language: Language): Dialogue[] {
  return DIALOGUES.filter((dialogue) => dialogue.language === language)
}

/** `count` user messages: the dialogues of a random topic, in random order. */
export function userTurns(language: Language, count: number, random: RandomStream): string[] {
  const own = BY_LANGUAGE[language]
  const { topic } = random.pick(own)
  const turns: string[] = []
  let left: Dialogue[] = []
  while (turns.length < count) {
    if (left.length === 0) left = own.filter((dialogue) => dialogue.topic === topic)
    const [next] = left.splice(random.below(left.length), 1)
    turns.push(...(next?.turns ?? []))
  }
  return turns.slice(0, count)
}
