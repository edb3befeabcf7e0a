import type { Setting } from './setting.ts'

/** Most conversations whose branch is kept; the one that was chosen longest ago goes first. */
const MAX_ENTRIES = 100

/**
 * The branch that each conversation shows, as the id of the message at its end. A branch is kept only if the reader
 * chose it in place of the newest one. All other conversations show the newest, which may have been written elsewhere.
 *
 * All branches are in one text of `conversation:message` pairs, oldest first, because the number of separate entries
 * could not be limited.
 */
export class BranchMemory {
  readonly #setting: Setting

  constructor(setting: Setting) {
    this.#setting = setting
  }

  get(conversationId: string): string | undefined {
    return this.#pairs.find(([id]) => id === conversationId)?.[1]
  }

  /** @param messageId `undefined`: the newest branch */
  set(conversationId: string, messageId: string | undefined): void {
    const pairs = this.#pairs
    const others = pairs.filter(([id]) => id !== conversationId)
    if (messageId !== undefined) others.push([conversationId, messageId])
    else if (others.length === pairs.length) return
    this.#setting.set(
      others
        .slice(-MAX_ENTRIES)
        .map((pair) => pair.join(':'))
        .join(' '),
    )
  }

  get #pairs(): (readonly string[])[] {
    return (this.#setting.get() ?? '').split(' ').flatMap((pair) => (pair === '' ? [] : [pair.split(':')]))
  }
}
