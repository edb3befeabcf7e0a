import type { Params } from '../input.ts'

/** Bytes of UTF-8 in a token: about four in English; three make a Chinese character, of which a token holds one or more. */
const BYTES_PER_TOKEN = 4

/** Tokens of an answer without `maxTokens`, as long as it has not used more. */
export const DEFAULT_ANSWER_TOKENS = 1_024

/** A rough number of tokens in texts, for where the model server has not counted them. */
export function estimateTokens(...texts: readonly string[]): number {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  return Math.ceil(bytes / BYTES_PER_TOKEN)
}

/** Tokens that an answer is expected to use: the longest answer that the call allows, and the texts that the call brings. */
export const expectedTokens = (
  { maxTokens, systemPrompt = '' }: Params,
  ...texts: readonly string[]
): number => (maxTokens ?? DEFAULT_ANSWER_TOKENS) + estimateTokens(systemPrompt, ...texts)
