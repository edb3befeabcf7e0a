import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PromptMessage } from '../input.ts'
import { estimateTokens, fitContext } from './context.ts'

const user = (content: string): PromptMessage => ({ role: 'user', content })
const assistant = (content: string): PromptMessage => ({ role: 'assistant', content })
/** Counts one token per character and none for the template. */
const count = (messages: readonly PromptMessage[]): Promise<number> =>
  Promise.resolve(messages.reduce((sum, { content }) => sum + content.length, 0))
const uncountable = (): Promise<null> => Promise.resolve(null)

test('a short conversation is not even counted', async () => {
  const messages = [user('hi')]
  const asked: unknown[] = []
  const fitted = await fitContext(messages, 4096, 1024, (kept) => {
    asked.push(kept)
    return count(kept)
  })
  expect(fitted).toEqual({ messages, dropped: 0 })
  expect(asked).toEqual([])
})

test('the system prompt and the newest message stay, whatever their size', async () => {
  const system: PromptMessage = { role: 'system', content: 's'.repeat(500) }
  const messages = [system, user('a'.repeat(500)), assistant('b'.repeat(500)), user('c'.repeat(5_000))]
  const fitted = await fitContext(messages, 1_000, 100, count)
  expect(fitted).toEqual({ messages: [system, messages[3]], dropped: 2 })
})

test('the cut keeps what fits, begins with a question and drops the oldest', async () => {
  const turn = fc.integer({ min: 1, max: 400 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(turn, turn), { maxLength: 60 }),
      turn,
      fc.boolean(),
      fc.integer({ min: 200, max: 4_000 }),
      async (turns, last, counted, contextLength) => {
        const messages = [
          ...turns.flatMap(([a, b]) => [user('q'.repeat(a)), assistant('a'.repeat(b))]),
          user('z'.repeat(last)),
        ]
        let rounds = 0
        const fitted = await fitContext(messages, contextLength, 100, (kept) => {
          rounds++
          return counted ? count(kept) : uncountable()
        })
        expect(fitted.messages).toEqual(messages.slice(fitted.dropped))
        if (fitted.dropped > 0) expect(fitted.messages[0]?.role).toBe('user')
        const tokens = counted ? await count(fitted.messages) : estimateTokens(fitted.messages)
        if (fitted.messages.length > 1)
          expect(tokens).toBeLessThanOrEqual(contextLength - Math.min(100, Math.floor(contextLength / 2)))
        // A server that cannot count is asked only once, not for every cut.
        expect(rounds).toBeLessThanOrEqual(counted ? 12 : 1)
      },
    ),
  )
})

test('wide characters are guessed singly', () => {
  expect(estimateTokens([user('你好世界')])).toBeGreaterThan(estimateTokens([user('abcd')]))
})
