import { Corpus } from '@slicechat/api/testing/corpus'
import { RARE_WORD, SEED } from '@slicechat/api/testing/large-store'
import type { ChatClient } from '@slicechat/client'

/** A kind of call that is measured. */
export interface MeasuredCall {
  name: string
  /** Whether people make such calls, so that the target holds for it. */
  usual: boolean
  /** How often it is measured at most, because it takes long. */
  repeats?: number
  /** Makes the call number `at` and returns how long it took, in milliseconds. */
  calls: (client: ChatClient, at: number) => Promise<number>
}

/** Conversations of a page, as the API has them by default. */
const PAGE = 30

const corpus = new Corpus(SEED)
const chinese = (length: number): string[] => [
  ...new Set(corpus.chinese.filter((word) => word.length === length)),
]
const ones = chinese(1)
const twos = chinese(2)
const threes = chinese(3)
const english = corpus.english.filter((word) => word.length > 3)
const at = (words: readonly string[], index: number): string => words[Math.abs(index) % words.length] ?? ''

/** Searches for a text, which must be found somewhere or nowhere, if that is given. */
const search = (
  name: string,
  text: (at: number) => string,
  { found }: { found?: boolean } = {},
): MeasuredCall => ({
  name,
  usual: true,
  calls: async (client, index) => {
    const query = text(index)
    const startedAt = performance.now()
    const { items, nextCursor } = await client.api.conversations.list.query({ query })
    const took = performance.now() - startedAt
    if (found === undefined || items.length > 0 === found || nextCursor !== null) return took
    throw new Error(`"${query}": ${items.length} conversations`)
  },
})

/** The same search until its first page is full, in as many calls as that takes. */
const fullPage = ({ name }: MeasuredCall, text: (at: number) => string): MeasuredCall => ({
  name: `${name}: all calls for a full page`,
  usual: false,
  repeats: 5,
  calls: async (client, index) => {
    const query = text(index)
    const startedAt = performance.now()
    let missing = PAGE
    for (let cursor: string | null | undefined; missing > 0 && cursor !== null;) {
      const page = await client.api.conversations.list.query({ query, cursor, limit: missing })
      missing -= page.items.length
      cursor = page.nextCursor
    }
    return performance.now() - startedAt
  },
})

const list: MeasuredCall = {
  name: 'list, first page',
  usual: true,
  calls: async (client) => {
    const startedAt = performance.now()
    await client.api.conversations.list.query()
    return performance.now() - startedAt
  },
}

const deepList: MeasuredCall = {
  name: 'list, a page in the middle',
  usual: true,
  calls: async (client) => {
    let { nextCursor } = await client.api.conversations.list.query({ limit: 100 })
    for (let page = 0; page < 2 && nextCursor !== null; page++)
      ({ nextCursor } = await client.api.conversations.list.query({ limit: 100, cursor: nextCursor }))
    const startedAt = performance.now()
    await client.api.conversations.list.query({ cursor: nextCursor })
    return performance.now() - startedAt
  },
}

const secondPage: MeasuredCall = {
  name: 'search, second page, common word',
  usual: true,
  calls: async (client, index) => {
    const query = at(twos, index)
    const { nextCursor } = await client.api.conversations.list.query({ query })
    const startedAt = performance.now()
    await client.api.conversations.list.query({ query, cursor: nextCursor })
    return performance.now() - startedAt
  },
}

const open: MeasuredCall = {
  name: 'open, 100 messages',
  usual: true,
  calls: async (client, index) => {
    const { items } = await client.api.conversations.list.query({ limit: 100 })
    const id = items[Math.abs(index) % items.length]?.id ?? ''
    const startedAt = performance.now()
    await client.api.conversations.get.query({ id })
    return performance.now() - startedAt
  },
}

// Each piece of these is in many texts, and the whole in almost none.
const englishWords = (index: number): string =>
  `${at(english, index)} ${at(english, 7_000 + index)} ${at(english, 6_000 - index)}`
const chineseWords = (index: number): string =>
  `${at(twos, index)}${at(twos, 3 * index + 1)}${at(twos, index + 20)}`
const englishPhrase = search('search, English words in a phrase that is almost nowhere', englishWords)
const chinesePhrase = search('search, Chinese words in a phrase that is almost nowhere', chineseWords)

export const CALLS: readonly MeasuredCall[] = [
  list,
  deepList,
  open,
  search('search, 1 character, common', (index) => at(ones, index), { found: true }),
  search('search, 1 character, nowhere', (index) => String.fromCodePoint(0x1_f300 + Math.abs(index)), {
    found: false,
  }),
  search('search, 2 characters, common', (index) => at(twos, index), { found: true }),
  search('search, 2 characters, seldom', (index) => at(twos, 2_000 + index), { found: true }),
  search('search, 2 characters, in 1 of 100', () => RARE_WORD, { found: true }),
  search('search, 2 characters, nowhere', (index) => `龘${at(ones, index)}`, { found: false }),
  search('search, 3 characters, common', (index) => at(threes, index), { found: true }),
  search('search, English word, common', (index) => at(english, index), { found: true }),
  search('search, English word, nowhere', (index) => `${at(english, index)}q`, { found: false }),
  search('search, two English words', (index) => `${at(english, index)} ${at(english, index + 1)}`, {
    found: true,
  }),
  secondPage,
  englishPhrase,
  fullPage(englishPhrase, englishWords),
  chinesePhrase,
  fullPage(chinesePhrase, chineseWords),
]
