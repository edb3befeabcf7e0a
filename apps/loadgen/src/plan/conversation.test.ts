import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { estimatedTokens } from '../dialogues/length.ts'
import { DIALOGUES } from '../dialogues/library.ts'
import { conversation as schema } from '../schema/conversation.ts'
import type { z } from 'zod'
import { Conversations } from './conversation.ts'

type Model = z.input<typeof schema>
const conversations = (model: Model, seed = 1) => new Conversations(schema.parse(model), seed)
const many = (model: Model, count = 2_000) => {
  const maker = conversations(model)
  return Array.from({ length: count }, (_, index) => maker.fromDialogues(`user-${index}`))
}
const share = <T>(all: readonly T[], holds: (one: T) => boolean) => all.filter(holds).length / all.length
const isChinese = (text: string) => /[\u4e00-\u9fff]/.test(text)

const rich: Model = {
  turns: { type: 'uniform', min: 2, max: 6 },
  thinkTime: { type: 'exponential', mean: '4s' },
  prompt: { type: 'lognormal', median: 60, sigma: 1 },
  answer: { type: 'normal', mean: 100, deviation: 30 },
  languages: { en: 0.5, zh: 0.5 },
  systemPrompts: [{ share: 0.5, tokens: 50 }],
  regenerate: 0.2,
  abandon: { share: 0.3, after: { type: 'exponential', mean: '3s' } },
}

test('the same seed gives the same conversation, another seed or id another one', () => {
  const one = conversations(rich).fromDialogues('user-1-0')
  expect(conversations(rich).fromDialogues('user-1-0')).toEqual(one)
  expect(conversations(rich, 2).fromDialogues('user-1-0').turns).not.toEqual(one.turns)
  expect(conversations(rich).fromDialogues('user-1-1').turns).not.toEqual(one.turns)
})

describe('what one distribution draws moves no other', () => {
  const before = conversations(rich).fromDialogues('user-3')
  const changed = (change: Model) => conversations({ ...rich, ...change }).fromDialogues('user-3')
  const of = <K extends keyof (typeof before.turns)[number]>(key: K, from: typeof before) =>
    from.turns.map((turn) => turn[key])

  test('answer', () => {
    const after = changed({ answer: { type: 'lognormal', median: 9, sigma: 2 } })
    expect(of('maxTokens', after)).not.toEqual(of('maxTokens', before))
    expect(after.turns.map(({ maxTokens: _, ...rest }) => rest)).toEqual(
      before.turns.map(({ maxTokens: _, ...rest }) => rest),
    )
  })

  test('thinkTime and patience', () => {
    const after = changed({ thinkTime: '1s', abandon: { share: 0.3, after: '9s' } })
    expect(of('content', after)).toEqual(of('content', before))
    expect(of('maxTokens', after)).toEqual(of('maxTokens', before))
    expect(of('abandonAfterMs', after).map((ms) => ms === undefined)).toEqual(
      of('abandonAfterMs', before).map((ms) => ms === undefined),
    )
  })

  test('more turns begin as fewer did', () => {
    const after = changed({ turns: 9 })
    expect(after.turns.slice(0, before.turns.length)).toEqual(before.turns)
    expect(after.turns.length).toBe(9)
  })
})

test('shares are kept', () => {
  const all = many(rich)
  const turns = all.flatMap((one) => one.turns)
  expect(share(all, (one) => isChinese(one.turns[0].content))).toBeCloseTo(0.5, 1)
  expect(share(all, (one) => one.systemPrompt !== undefined)).toBeCloseTo(0.5, 1)
  expect(share(turns, (turn) => turn.regenerate)).toBeCloseTo(0.2, 1)
  expect(share(turns, (turn) => turn.abandonAfterMs !== undefined)).toBeCloseTo(0.3, 1)
})

test('a system prompt is the same text for its entry, in every run, and shares no beginning with another', () => {
  const model: Model = {
    systemPrompts: [
      { share: 0.4, tokens: 300 },
      { share: 0.6, tokens: 300 },
    ],
  }
  const texts = [...new Set(many(model, 300).map((one) => one.systemPrompt ?? ''))]
  expect(texts.length).toBe(2)
  expect(conversations(model, 99).fromDialogues('a').systemPrompt).toBeOneOf(texts)
  for (const text of texts) expect(Math.abs(estimatedTokens(text) - 300)).toBeLessThan(6)
  expect(texts[0]?.slice(0, 20)).not.toBe(texts[1]?.slice(0, 20))
})

test('without lengths, turns are a dialogue’s own words in order, and go on with its topic', () => {
  for (const { turns } of many({ turns: 14, languages: { en: 0.5, zh: 0.5 } }, 100)) {
    const words = turns.map(({ content }) => content)
    const first = DIALOGUES.find((dialogue) => dialogue.turns[0] === words[0])
    expect(words.slice(0, first?.turns.length)).toEqual(first?.turns)
    const topics = words.map((word) => DIALOGUES.find((dialogue) => dialogue.turns.includes(word))?.topic)
    expect(new Set(topics)).toEqual(new Set([first?.topic]))
  }
})

test('the first message waits for nobody, the others for the user', () => {
  for (const { turns } of many({ turns: 3, thinkTime: '2s' }, 20))
    expect(turns.map(({ thinkMs }) => thinkMs)).toEqual([0, 2000, 2000])
})

test('messages have the length that was drawn', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), fc.boolean(), fc.integer(), (tokens, chinese, seed) => {
      const model: Model = { turns: 2, prompt: tokens, languages: chinese ? { zh: 1 } : { en: 1 } }
      for (const { content } of conversations(model, seed).fromDialogues('user-0').turns) {
        const length = estimatedTokens(content)
        // At least one word, and never cut within one.
        expect(length).toBeLessThanOrEqual(Math.max(tokens, 8))
        expect(length).toBeGreaterThan(tokens - 8)
        expect(content.trim()).not.toBe('')
        expect(content).not.toMatch(/\{\w+\}/)
      }
    }),
    { numRuns: 60 },
  )
})
