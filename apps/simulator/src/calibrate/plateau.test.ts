import { expect, it } from 'vitest'
import { readAnswer, type Answer } from './answer.ts'
import { plateauOf } from './plateau.ts'

/** An answer with a token at `firstMs`, then one every `stepMs`. */
const answer = (firstMs: number, stepMs: number, tokens: number): Answer => ({
  sentMs: 0,
  promptTokens: 100,
  completionTokens: tokens,
  progress: Array.from({ length: tokens }, (_, at) => ({ atMs: firstMs + at * stepMs, tokens: at + 1 })),
  serverPrefillMs: undefined,
})

it('measures only where all answers are decoded, between arrivals of each', () => {
  const late = answer(200, 10, 11)
  const early: Answer = {
    ...answer(0, 50, 4),
    // This answer is slow while the other one's prompt is computed, then as fast as the other one.
    progress: [
      ...answer(0, 50, 4).progress,
      ...Array.from({ length: 7 }, (_, at) => ({ atMs: 203 + at * 10, tokens: at + 5 })),
    ],
  }
  const plateau = plateauOf([early, late], 4)
  expect(plateau?.stepMs).toBeCloseTo(10)
  expect(plateau?.tokensPerSecond).toBeCloseTo(200)
  // Tokens 6 to 11 of the early answer, and 2 to 7 of the late one (whose plateau ends at 263 ms).
  expect(plateau?.contexts).toEqual([107.5, 103.5])
})

it('is not there where answers did not overlap', () => {
  expect(plateauOf([answer(0, 10, 5), answer(100, 10, 5)], 2)).toBeUndefined()
})

it('counts the tokens of a piece that brings several by their usage', () => {
  const chunk = (tokens: number) =>
    `data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":${tokens}}}\n\n`
  const read = readAnswer(1, [
    { atMs: 2, text: chunk(0) },
    { atMs: 3, text: chunk(1) + chunk(2).slice(0, 20) },
    { atMs: 4, text: chunk(2).slice(20) + chunk(3) },
    { atMs: 5, text: 'data: [DONE]\n\n' },
  ])
  expect(read).toMatchObject({
    promptTokens: 7,
    completionTokens: 3,
    progress: [
      { atMs: 3, tokens: 1 },
      { atMs: 4, tokens: 3 },
    ],
  })
})

it('names what a stream lacks', () => {
  expect(readAnswer(0, [{ atMs: 1, text: 'data: {"choices":[]}\n\n' }])).toMatch(/continuous_usage_stats/)
  expect(readAnswer(0, [{ atMs: 1, text: 'data: {"error":{"message":"dead"}}\n\n' }])).toMatch(/dead/)
  expect(readAnswer(0, [{ atMs: 1, text: 'data: {"cho\n\n' }])).toMatch(/not JSON/)
  expect(readAnswer(0, [{ atMs: 1, text: 'data: [DONE]\n\n' }])).toMatch(/no tokens/)
})
