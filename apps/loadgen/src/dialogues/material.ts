import type { RandomStream } from '../random/random-stream.ts'
import type { Language } from './dialogue.ts'
import { beginning, estimatedTokens } from './length.ts'
import stock from './material.json' with { type: 'json' }

/** Number of sentences in a paragraph. */
const PARAGRAPH = { least: 3, most: 7 }
/** A message that lacks at most this many tokens is extended with remarks, another one with a pasted text. */
const REMARKS_UP_TO = 50

interface Stock {
  readonly sentences: readonly string[]
  readonly words: Readonly<Record<string, readonly string[]>>
  readonly remarks: readonly string[]
  readonly introductions: readonly string[]
  readonly roles: readonly string[]
  readonly joint: string
}

const stocks: Readonly<Record<Language, Stock>> = stock

/**
 * Text as people paste it into a chat (minutes, reports, logs), about `tokens` tokens long; never the same twice.
 */
export function material(language: Language, tokens: number, random: RandomStream): string {
  const own = stocks[language]
  const paragraphs: string[] = []
  let rest = tokens
  while (rest > 0) {
    const length = PARAGRAPH.least + random.below(PARAGRAPH.most - PARAGRAPH.least + 1)
    const paragraph = Array.from({ length }, () => said(random.pick(own.sentences), own, random)).join(
      own.joint,
    )
    paragraphs.push(paragraph)
    rest -= estimatedTokens(paragraph) + 0.5
  }
  return beginning(paragraphs.join('\n\n'), tokens)
}

/** A sentence pattern with its slots filled in. */
function said(pattern: string, { words }: Stock, random: RandomStream): string {
  return pattern.replace(/\{(\w+)\}/g, (_, slot: string) => {
    const list = words[slot]
    return list === undefined ? number(slot, random) : random.pick(list)
  })
}

/** A random number: `n2` has two digits, `n3` three. */
function number(slot: string, random: RandomStream): string {
  const digits = Number(slot.slice(1))
  return String(10 ** (digits - 1) + random.below(9 * 10 ** (digits - 1)))
}

/** A message made `tokens` tokens long by estimate: cut at a word, or extended with remarks or a pasted text. */
export function fitted(message: string, tokens: number, language: Language, random: RandomStream): string {
  const lacking = tokens - estimatedTokens(message)
  const own = stocks[language]
  const { remarks, introductions, joint } = own
  let text = message
  if (lacking > REMARKS_UP_TO) {
    text += `\n\n${random.pick(introductions)}\n\n`
    text += material(language, tokens - estimatedTokens(text), random)
  } else {
    const start = random.below(remarks.length)
    for (let next = start; estimatedTokens(text) < tokens && next < start + remarks.length; next++)
      text += joint + said(remarks[next % remarks.length] ?? '', own, random)
  }
  return beginning(text, tokens)
}

/**
 * The system prompt of an entry of the scenario: the same text in every run, so that a server can cache its
 * prefix. Entries begin differently, so that they share no prefix.
 */
export function systemPrompt(entry: number, tokens: number, random: RandomStream): string {
  const { roles } = stocks.en
  const head = `${roles[entry % roles.length] ?? ''} Handbook ${entry + 1}. `
  return beginning(head + material('en', tokens, random), tokens)
}
