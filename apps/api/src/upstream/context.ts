import type { PromptMessage } from '../input.ts'

/** Counts a prompt's tokens exactly, or returns `null` if the server cannot. */
type CountTokens = (messages: readonly PromptMessage[]) => Promise<number | null>

/** Most tokens that a chat template puts around one message. */
const PER_MESSAGE = 16
const WIDE = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/g

/** A cautious estimate for servers that cannot count: one token per wide character and per three others. */
export function estimateTokens(messages: readonly PromptMessage[]): number {
  let tokens = PER_MESSAGE
  for (const { content } of messages) {
    const wideChars = content.match(WIDE)?.length ?? 0
    tokens += PER_MESSAGE + wideChars + Math.ceil((content.length - wideChars) / 3)
  }
  return tokens
}

/**
 * Cuts a conversation's history so that it and the answer fit the model's context. The oldest turns go first; a system
 * prompt and the newest message always stay. A cut never leaves an answer without its question at the front.
 *
 * @param contextLength the model's limit in tokens
 * @param answerTokens tokens to reserve for the answer
 */
export async function fitContext(
  messages: readonly PromptMessage[],
  contextLength: number,
  answerTokens: number,
  countTokens: CountTokens,
): Promise<{ messages: readonly PromptMessage[]; dropped: number }> {
  const room = contextLength - Math.min(answerTokens, Math.floor(contextLength / 2))
  const system = messages[0]?.role === 'system' ? messages.slice(0, 1) : []
  let turns = messages.slice(system.length)
  // Text never has more tokens than bytes, so a short conversation needs no counting at all.
  if (byteBound(messages) <= room) return { messages, dropped: 0 }

  let kept = [...system, ...turns]
  // A server that cannot count is asked only once, because it may take seconds to fail.
  let countable = true
  for (;;) {
    const counted: number | null = countable ? await countTokens(kept) : null
    countable = counted !== null
    const tokens = counted ?? estimateTokens(kept)
    if (tokens <= room || turns.length <= 1) break
    // Cuts in proportion to the excess, but at least one turn, so that even a long history needs few rounds.
    const target = turns.length * (room / tokens)
    let cut = Math.max(1, Math.min(turns.length - 1, turns.length - Math.ceil(target)))
    while (cut < turns.length - 1 && turns[cut]?.role === 'assistant') cut++
    turns = turns.slice(cut)
    kept = [...system, ...turns]
  }
  return { messages: kept, dropped: messages.length - kept.length }
}

function byteBound(messages: readonly PromptMessage[]): number {
  return messages.reduce((sum, { content }) => sum + PER_MESSAGE + Buffer.byteLength(content), PER_MESSAGE)
}
