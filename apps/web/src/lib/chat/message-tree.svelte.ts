import type { Message } from '@slicechat/client'
import type { ChatDependencies } from './chat-dependencies.ts'
import { ChatMessage, type Known } from './message.svelte.ts'
import { takeStored, type Unread, withoutUnsent } from './stored-messages.ts'
import { selectPath } from './tree.ts'

/** The messages of the open conversation, and which branch of them is shown. */
export class MessageTree {
  readonly #dependencies: Pick<ChatDependencies, 'frames' | 'now'>
  #messages = $state.raw<ChatMessage[]>([])
  #chosen = $state.raw<ChatMessage[]>([])
  #asked = $state<string>()
  #pins = 0

  readonly path = $derived(selectPath(this.#messages, this.#chosen))

  constructor(dependencies: Pick<ChatDependencies, 'frames' | 'now'>) {
    this.#dependencies = dependencies
  }

  /** Key of the question that was asked last on this page. */
  get asked(): string | undefined {
    return this.#asked
  }

  /** Id of the stored message at which the shown branch ends; `undefined` if that is the newest branch. */
  get branch(): string | undefined {
    const end = this.path.findLast(({ node }) => node.id !== undefined)?.node
    const newest = this.#messages.findLast(({ id }) => id !== undefined)
    return end === newest ? undefined : end?.id
  }

  /** Whether a message is on its way to the API and has no id yet. */
  get isSending(): boolean {
    return this.#messages.some(({ id, status }) => id === undefined && status !== 'finished')
  }

  has(message: ChatMessage): boolean {
    return this.#messages.includes(message)
  }

  answersTo(question: ChatMessage): ChatMessage[] {
    return this.#messages.filter(({ parent }) => parent === question)
  }

  clear(): void {
    this.#messages = []
    this.#chosen = []
  }

  /** Removes answers that failed before the API stored them; see `withoutUnsent` for their questions. */
  dropUnsent(again?: string): void {
    this.#messages = withoutUnsent(this.#messages, again)
  }

  add(role: ChatMessage['role'], parent: ChatMessage | null, known: Known): ChatMessage {
    const { frames, now } = this.#dependencies
    const message = new ChatMessage({ role, parent, ...known, frames, now })
    const isFork = this.#messages.some((other) => other.parent === parent)
    this.#messages = [...this.#messages, message]
    if (isFork) this.choose(message)
    if (role === 'user') this.#asked = message.key
    return message
  }

  choose(message: ChatMessage): void {
    this.#chosen = [...this.#chosen.filter(({ parent }) => parent !== message.parent), message]
  }

  /** Shows the branch that leads to a message. Without one, or if it does not exist any more, nothing changes. */
  showBranch(id: string | undefined): void {
    if (id === undefined) return
    const chosen: ChatMessage[] = []
    let node = this.#messages.find((message) => message.id === id) ?? null
    for (; node; node = node.parent) chosen.push(node)
    if (chosen.length > 0) this.#chosen = chosen
  }

  /** Keeps the shown branch, whatever others add beside it. Returns the function that unpins it. */
  pinBranch(): () => void {
    this.#pins++
    return () => {
      this.#pins--
    }
  }

  /** Takes over the stored messages. @returns the running answers that this page does not read yet */
  take(stored: readonly Message[]): Unread[] {
    const { frames, now } = this.#dependencies
    const shown = this.path.map(({ node }) => node)
    const { messages, unread } = takeStored(
      this.#messages,
      stored,
      (role, parent) => new ChatMessage({ role, parent, frames, now }),
    )
    this.#messages = messages
    if (this.#pins > 0) this.#chosen = shown
    return unread
  }
}
