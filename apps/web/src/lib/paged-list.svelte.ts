import type { Page } from '@slicechat/contract'

/** What the API is asked for. */
export interface PageInput {
  /** `null`: from the top. */
  cursor: string | null
  /** Most items of the page. */
  limit: number
  /** Absent: all items. */
  query?: string
}

/** Number of items that a page adds to the list. */
const PAGE = 40
/** Most items that the API returns at once. */
const MAX_AT_ONCE = 100

/** A list of the API's that the page shows newest first, page by page, all of it or what a search finds. */
export abstract class PagedList<T extends { id: string }> {
  readonly #mostRefreshed: number
  #latest = new AbortController()

  #items = $state.raw<T[]>([])
  #cursor = $state<string | null>(null)
  #query = $state('')
  #loading = $state(false)
  #loaded = $state(false)

  /** @param mostRefreshed number of items up to which a refresh fetches all that are shown; a longer list gets shorter */
  constructor(mostRefreshed = Number.POSITIVE_INFINITY) {
    this.#mostRefreshed = mostRefreshed
  }

  get items(): readonly T[] {
    return this.#items
  }
  get query(): string {
    return this.#query
  }
  get loading(): boolean {
    return this.#loading
  }
  /** Whether the first page has arrived: from then on, an empty list means that there is nothing. */
  get loaded(): boolean {
    return this.#loaded
  }
  get hasMore(): boolean {
    return this.#cursor !== null
  }

  find(id: string | undefined): T | undefined {
    return this.#items.find((item) => item.id === id)
  }

  async search(query: string): Promise<void> {
    this.#query = query
    await this.fetchTop()
  }

  /** Adds the next page. */
  async more(): Promise<void> {
    const cursor = this.#cursor
    if (cursor === null || this.#loading) return
    await this.#show(async (signal) => {
      const { items, nextCursor } = await this.#fetch(cursor, PAGE, signal)
      return { items: [...this.#items, ...items.filter(({ id }) => !this.find(id))], nextCursor }
    })
  }

  protected abstract fetchPage(input: PageInput, signal: AbortSignal): Promise<Page<T>>

  /** Called at the end of a fetch: with its error, or with `undefined` if it succeeded. */
  protected abstract fetched(error: unknown): void

  /** Fetches from the top, as many as are shown. */
  protected async fetchTop(): Promise<void> {
    const wanted = Math.min(Math.max(PAGE, this.#items.length), this.#mostRefreshed)
    await this.#show((signal) => this.#fetch(null, wanted, signal))
  }

  /** Changes the shown items, as after a deletion. */
  protected change(items: (before: T[]) => T[]): void {
    this.#items = items(this.#items)
  }

  /** As many items as wanted, in several pages if there are too many for one or if a search needs longer than for one. */
  async #fetch(from: string | null, wanted: number, signal: AbortSignal): Promise<Page<T>> {
    const items: T[] = []
    let cursor = from
    do {
      const limit = Math.min(wanted - items.length, MAX_AT_ONCE)
      const page: Page<T> = await this.fetchPage(this.#input(cursor, limit), signal)
      items.push(...page.items)
      cursor = page.nextCursor
    } while (cursor !== null && items.length < wanted)
    return { items, nextCursor: cursor }
  }

  #input(cursor: string | null, limit: number): PageInput {
    return { cursor, limit, ...(this.#query !== '' && { query: this.#query }) }
  }

  /** Shows the result of `load`, unless another fetch was started meanwhile. */
  async #show(load: (signal: AbortSignal) => Promise<Page<T>>): Promise<void> {
    this.#latest.abort()
    const { signal } = (this.#latest = new AbortController())
    this.#loading = true
    try {
      const page = await load(signal)
      if (signal.aborted) return
      this.#items = page.items
      this.#cursor = page.nextCursor
      this.#loaded = true
      this.fetched(undefined)
    } catch (error) {
      if (!signal.aborted) this.fetched(error)
    } finally {
      if (!signal.aborted) this.#loading = false
    }
  }
}
