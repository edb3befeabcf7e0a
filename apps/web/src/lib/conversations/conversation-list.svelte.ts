import type { ChatClient, ConversationSummary } from '@slicechat/client'
import { type PageInput, PagedList } from '../paged-list.svelte.ts'
import { groupByDay } from './days.ts'

export interface ConversationsPort {
  api: { conversations: Pick<ChatClient['api']['conversations'], 'list' | 'rename' | 'remove'> }
}

export interface ConversationListEvents {
  /** A conversation was renamed or removed here. */
  onChanged: (conversationId: string) => void
  onRemoved: (conversationId: string) => void
  onError: (error: unknown) => void
}

/** Number of items up to which a refresh, which every answer causes, fetches all that are shown. */
const MAX_REFRESHED = 100

/** The conversations that the sidebar shows, newest first, page by page. */
export class ConversationList extends PagedList<ConversationSummary> {
  readonly #client: ConversationsPort
  readonly #events: ConversationListEvents
  #pauses = 0
  #isDue = false

  readonly days = $derived(groupByDay(this.items, Date.now()))

  constructor(client: ConversationsPort, events: ConversationListEvents) {
    super(MAX_REFRESHED)
    this.#client = client
    this.#events = events
  }

  /** Fetches from the top, as many as are shown. While the list is paused, the fetch waits until it is resumed. */
  async refresh(): Promise<void> {
    if (this.#pauses > 0) this.#isDue = true
    else await this.fetchTop()
  }

  /** Keeps the entries in place while one is being renamed or deleted. Returns the function that resumes refreshing. */
  pause(): () => void {
    this.#pauses++
    return () => {
      if (--this.#pauses > 0 || !this.#isDue) return
      this.#isDue = false
      void this.fetchTop()
    }
  }

  async rename(id: string, title: string): Promise<void> {
    const before = this.find(id)?.title
    const show = (text: string) =>
      this.change((items) => items.map((item) => (item.id === id ? { ...item, title: text } : item)))
    const resume = this.pause()
    show(title)
    try {
      await this.#client.api.conversations.rename.mutate({ id, title })
      this.#events.onChanged(id)
    } catch (error) {
      if (before !== undefined) show(before)
      this.#events.onError(error)
    } finally {
      resume()
    }
  }

  /** Resolves to whether the conversation is gone. */
  async remove(id: string): Promise<boolean> {
    try {
      await this.#client.api.conversations.remove.mutate({ id })
    } catch (error) {
      this.#events.onError(error)
      return false
    }
    this.change((items) => items.filter((item) => item.id !== id))
    this.#events.onChanged(id)
    this.#events.onRemoved(id)
    return true
  }

  protected override fetchPage(input: PageInput, signal: AbortSignal) {
    return this.#client.api.conversations.list.query(input, { signal })
  }

  protected override fetched(error: unknown): void {
    if (error !== undefined) this.#events.onError(error)
  }
}
