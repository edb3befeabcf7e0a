import type { ChatClient, ConversationSummary } from '@slicechat/client'
import { groupByDay } from './days.ts'

export interface ConversationsPort {
  api: { conversations: Pick<ChatClient['api']['conversations'], 'list' | 'rename' | 'remove'> }
}

const PAGE = 40

/** The conversations that the sidebar shows, newest first, page by page. */
export class ConversationList {
  readonly #client: ConversationsPort
  readonly #onError: (error: unknown) => void
  #latest = new AbortController()

  #items = $state.raw<ConversationSummary[]>([])
  #cursor = $state<string | null>(null)
  #query = $state('')
  #loading = $state(false)
  #loaded = $state(false)

  readonly days = $derived(groupByDay(this.#items, Date.now()))

  constructor(client: ConversationsPort, onError: (error: unknown) => void) {
    this.#client = client
    this.#onError = onError
  }

  get query(): string {
    return this.#query
  }
  get loading(): boolean {
    return this.#loading
  }
  /** Whether the first page has arrived, so that an empty list means there is none. */
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
    await this.refresh()
  }

  /** Fetches from the top, as many as are shown. */
  async refresh(): Promise<void> {
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
    const before = this.#items
    this.#items = before.map((item) => (item.id === id ? { ...item, title } : item))
    try {
      await this.#client.api.conversations.rename.mutate({ id, title })
    } catch (error) {
      this.#items = before
      this.#onError(error)
    }
  }

  /** Resolves to whether it is gone. */
  async remove(id: string): Promise<boolean> {
    try {
      await this.#client.api.conversations.remove.mutate({ id })
    } catch (error) {
      this.#onError(error)
      return false
    }
    this.#items = this.#items.filter((item) => item.id !== id)
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
      if (!signal.aborted) this.#onError(error)
    } finally {
      if (!signal.aborted) this.#loading = false
    }
  }
}
