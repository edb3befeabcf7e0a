import type { ChatMessage, Outcome } from './message.svelte.ts'

const notes: Partial<Record<Outcome['reason'], string>> = {
  stopped: 'Stopped.',
  length: 'The answer reached its length limit.',
  abandoned: 'Ended, because nobody was reading any more.',
  interrupted: 'Interrupted: the server stopped while this was being written.',
}

/** What a reader is told of an end that is neither an error nor the model's own. */
export const endNote = (outcome: Outcome | undefined): string | undefined =>
  outcome && !outcome.error ? notes[outcome.reason] : undefined

/** The same for somebody who listens, with what the model server said; an answer that is whole is said to be. */
export function spokenEnd({ outcome, note }: Pick<ChatMessage, 'outcome' | 'note'>): string {
  const said = [endNote(outcome), note].filter((sentence) => sentence !== undefined)
  return said.length > 0 ? said.join(' ') : 'The answer is complete.'
}
