import type { Answer, Progress } from './answer.ts'
import { median } from './observation.ts'

/** The time in which all answers of a batch were decoded together. */
export interface Plateau {
  /** Milliseconds from token to token, which is the duration of a step. */
  readonly stepMs: number
  /** Tokens/s of all answers together. */
  readonly tokensPerSecond: number
  /** Mean context of each sequence in tokens, including the token that is being computed. */
  readonly contexts: readonly number[]
}

/**
 * Finds the plateau of a batch. It begins when the last answer gets its first token and ends when the first answer gets
 * its last token. Each answer is measured between two of its own arrivals, so that the edges of the plateau cut no step;
 * the result is the median over the answers. It is undefined if the answers did not run together for at least
 * `leastTokens` tokens of each.
 */
export function plateauOf(answers: readonly Answer[], leastTokens: number): Plateau | undefined {
  const from = Math.max(...answers.map(({ progress }) => progress[0]?.atMs ?? Infinity))
  const until = Math.min(...answers.map(({ progress }) => progress.at(-1)?.atMs ?? -Infinity))
  const stepMs: number[] = []
  const contexts: number[] = []
  for (const { progress, promptTokens } of answers) {
    const first = progress.find(({ atMs }) => atMs >= from)
    const last = progress.findLast(({ atMs }) => atMs <= until)
    if (first === undefined || last === undefined || !spans(first, last, leastTokens)) return undefined
    stepMs.push((last.atMs - first.atMs) / (last.tokens - first.tokens))
    // The step that brings token k reads the prompt and k − 1 tokens of the answer.
    contexts.push(promptTokens + (first.tokens + last.tokens - 1) / 2)
  }
  const step = median(stepMs)
  return { stepMs: step, tokensPerSecond: (1000 * answers.length) / step, contexts }
}

const spans = (first: Progress, last: Progress, tokens: number) => last.tokens - first.tokens >= tokens
