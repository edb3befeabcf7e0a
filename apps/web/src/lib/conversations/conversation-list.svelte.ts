import type { ChatClient, ConversationSummary } from '@slicechat/client'
import { groupByDay } from './days.ts'

export interface ConversationsPort {
  api: { conversations: Pick<ChatClient['api']['conversations'], 'list' | 'rename' | 'remove'> }
}

export interface ConversationListEvents {
  /** A conversation was renamed or removed here. */
  onChanged: (conversationId: string) => void
  onError: (error: unknown) => void
}

const PAGE = 40

/** The conversations that the sidebar shows, newest first, page by page. */
export class ConversationList {
  readonly #client: ConversationsPort
  readonly #events: ConversationListEvents
  #holds = 0
  #isDue = false
  #latest = new AbortController()

  #items = $state.raw<ConversationSummary[]>([])
  #cursor = $state<string | null>(null)
  #query = $state('')
  #loading = $state(false)
  #loaded = $state(false)

  readonly days = $derived(groupByDay(this.#items, Date.now()))

  constructor(client: ConversationsPort, events: ConversationListEvents) {
    this.#client = client
    this.#events = events
  }

  get query(): string {
    return this.#query
  }
  get loading(): boolean {
    return this.#loading
  }
  /** Whether the first page has arrived: from then on, an empty list means that there are no conversations. */
  get loaded(): boolean {
    return this.#loaded
  }
  get hasMore(): boolean {
    return this.#cursor !== null
  }
  get isEmpty(): boolean {
    return this.#items.length === 0
  }

  find(id: string | undefined): ConversationSummary | undefined {
    return this.#items.find((item) => item.id === id)
  }

  async search(query: string): Promise<void> {
    this.#query = query
    await this.#fetchTop()
  }

  /** Fetches from the top, as many as are shown. While somebody holds the list, the fetch waits until they let go. */
  async refresh(): Promise<void> {
    if (this.#holds > 0) this.#isDue = true
    else await this.#fetchTop()
  }

  /** Keeps the entries in place while one is being renamed or deleted. Returns the function that lets go. */
  hold(): () => void {
    this.#holds++
    return () => {
      if (--this.#holds > 0 || !this.#isDue) return
      this.#isDue = false
      void this.#fetchTop()
    }
  }

  async #fetchTop(): Promise<void> {
    const limit = Math.min(Math.max(PAGE, this.#items.length), 100)
    await this.#fetch(null, limit, (items) => (this.#items = items))
  }

  async more(): Promise<void> {
    if (this.#cursor === null || this.#loading) return
    await this.#fetch(this.#cursor, PAGE, (items) => {
      this.#items = [...this.#items, ...items.filter(({ id }) => !this.find(id))]
    })
  }

  async rename(id: string, title: string): Promise<void> {
    const before = this.find(id)?.title
    const show = (text: string) =>
      (this.#items = this.#items.map((item) => (item.id === id ? { ...item, title: text } : item)))
    const letGo = this.hold()
    show(title)
    try {
      await this.#client.api.conversations.rename.mutate({ id, title })
      this.#events.onChanged(id)
    } catch (error) {
      if (before !== undefined) show(before)
      this.#events.onError(error)
    } finally {
      letGo()
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
    this.#items = this.#items.filter((item) => item.id !== id)
    this.#events.onChanged(id)
    return true
  }

  async #fetch(
    cursor: string | null,
    limit: number,
    take: (items: ConversationSummary[]) => void,
  ): Promise<void> {
    this.#latest.abort()
    const { signal } = (this.#latest = new AbortController())
    this.#loading = true
    try {
      const input = {
        limit,
        ...(cursor !== null && { cursor }),
        ...(this.#query !== '' && { query: this.#query }),
      }
      const page = await this.#client.api.conversations.list.query(input, { signal })
      if (signal.aborted) return
      take(page.items)
      this.#cursor = page.nextCursor
      this.#loaded = true
    } catch (error) {
      if (!signal.aborted) this.#events.onError(error)
    } finally {
      if (!signal.aborted) this.#loading = false
    }
  }
}
