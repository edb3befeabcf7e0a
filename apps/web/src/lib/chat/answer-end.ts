import * as texts from '../texts/chat.ts'
import type { ChatMessage, Outcome } from './message.svelte.ts'

const notes: Partial<Record<Outcome['reason'], string>> = {
  stopped: texts.stopped,
  length: texts.lengthReached,
  abandoned: texts.abandoned,
  interrupted: texts.interrupted,
}

/** Note for the reader about an answer that neither failed nor ended by itself; `undefined` for all others. */
export const endNote = (outcome: Outcome | undefined): string | undefined =>
  outcome && !outcome.error ? notes[outcome.reason] : undefined

/** The same for screen readers, with the model server's note. A complete answer is announced as complete. */
export function endAnnouncement({ outcome, note }: Pick<ChatMessage, 'outcome' | 'note'>): string {
  const said = [endNote(outcome), note].filter((sentence) => sentence !== undefined)
  return said.length > 0 ? said.join(' ') : texts.complete
}
