import { tokenize, type Token } from '../tokens/tokenizer.ts'
import { chinese } from './chinese.ts'
import { code } from './code.ts'
import { english } from './english.ts'
import type { Language, Paragraph, Topic } from './paragraph.ts'
import { seededRandom } from './random.ts'

const ALL_PARAGRAPHS: readonly Paragraph[] = [...english, ...chinese, ...code]

/** The tokens of each paragraph, so that a paragraph is tokenized once. */
const tokenCache = new Map<Paragraph, readonly Token[]>()
const BLANK_LINE = tokenize('\n\n')

function tokensOf(paragraph: Paragraph): readonly Token[] {
  let tokens = tokenCache.get(paragraph)
  if (tokens === undefined) {
    tokens = tokenize(paragraph.text)
    tokenCache.set(paragraph, tokens)
  }
  return tokens
}

const TOPIC_PATTERNS: readonly (readonly [Topic, RegExp])[] = [
  ['table', /\btables?\b|\bcompare\b|表格|比较|对比/i],
  ['code', /\bcode\b|\bfunction\b|\bpython\b|\btypescript\b|\brust\b|\bsql\b|\bscript\b|代码|函数|程序/i],
  ['mathematics', /\bmath|\bformula\b|\bequation\b|\bproof\b|数学|公式|证明/i],
  ['list', /\blists?\b|\bsteps?\b|\bbullet|列表|步骤|清单/i],
]

const LONG = /\blong\b|\bdetailed\b|\bin depth\b|\bessay\b|详细|长文|很长/i
const SHORT = /\bshort\b|\bbrief(ly)?\b|\bone sentence\b|简短|一句话/i

/** Chinese if a text has more Chinese characters than Latin words, otherwise English. */
export function languageOf(text: string): Language {
  const chinese = text.match(/\p{Script=Han}/gu)?.length ?? 0
  const latin = text.match(/\p{Script=Latin}+/gu)?.length ?? 0
  return chinese > latin ? 'zh' : 'en'
}

/**
 * Writes an answer to `message` in its language, with content of the kind that it asks for, and as long as it asks.
 * Paragraphs are added until there are at least `minTokens` tokens.
 */
export function writeAnswer(message: string, seed: number, minTokens: number): Token[] {
  const random = seededRandom(seed)
  const language = languageOf(message)
  const candidates = ALL_PARAGRAPHS.filter((paragraph) => paragraph.language === language)
  const topic = TOPIC_PATTERNS.find(([, pattern]) => pattern.test(message))?.[0]
  const order = shuffled(candidates, random)
  if (topic !== undefined) order.sort((a, b) => Number(b.topic === topic) - Number(a.topic === topic))
  const paragraphs = SHORT.test(message) ? 1 : LONG.test(message) ? 12 : 2 + Math.floor(random() * 4)
  const tokens: Token[] = []
  for (let at = 0; at < paragraphs || tokens.length < minTokens; at++) {
    if (at > 0) tokens.push(...BLANK_LINE)
    // Each pass through the pool has a new order, so that long answers vary but still follow from the seed.
    const next = order[at % order.length]
    if (at % order.length === order.length - 1) order.splice(0, order.length, ...shuffled(order, random))
    if (next !== undefined) for (const token of tokensOf(next)) tokens.push(token)
  }
  return tokens
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const out = [...items]
  for (let at = out.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    ;[out[at], out[other]] = [out[other] as T, out[at] as T]
  }
  return out
}
