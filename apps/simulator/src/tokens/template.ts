import { tokenize, type Token } from './tokenizer.ts'

/** One turn of a chat as plain text, with its parts joined. */
export interface Turn {
  readonly role: string
  readonly content: string
}

const DEFAULT_SYSTEM = 'You are a helpful assistant.'

/** The tokens of a prompt in the chat template of Qwen (ChatML). */
export function promptTokens(turns: readonly Turn[], addGenerationPrompt = true): Token[] {
  const hasSystem = turns[0]?.role === 'system'
  let text = hasSystem ? '' : `<|im_start|>system\n${DEFAULT_SYSTEM}<|im_end|>\n`
  for (const turn of turns) text += `<|im_start|>${turn.role}\n${turn.content}<|im_end|>\n`
  if (addGenerationPrompt) text += '<|im_start|>assistant\n'
  return tokenize(text)
}
