import type { StepWork } from './engine.ts'

/** A step that computes a whole prompt of that many tokens, and nothing else. */
export function prefillWork(promptTokens: number): StepWork {
  return {
    sequences: 1,
    prefillTokens: promptTokens,
    decodeTokens: 0,
    contextTokens: promptTokens,
    attentionPairs: (promptTokens * (promptTokens + 1)) / 2,
  }
}

/** A step that decodes one token of every sequence; `contexts` are their tokens so far, the new one included. */
export function decodeWork(contexts: readonly number[]): StepWork {
  const contextTokens = contexts.reduce((sum, context) => sum + context, 0)
  return {
    sequences: contexts.length,
    prefillTokens: 0,
    decodeTokens: contexts.length,
    contextTokens,
    attentionPairs: contextTokens,
  }
}
