import type { StepWork } from './engine.ts'

/** The work of a step that computes only one whole prompt. */
export function prefillWork(promptTokens: number): StepWork {
  return {
    sequences: 1,
    prefillTokens: promptTokens,
    decodeTokens: 0,
    contextTokens: promptTokens,
    attentionPairs: (promptTokens * (promptTokens + 1)) / 2,
  }
}

/** The work of a step that decodes one token of every sequence; `contexts` are their tokens, including the new one. */
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
