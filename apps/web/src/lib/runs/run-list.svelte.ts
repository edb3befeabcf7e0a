import type { ChatClient, RunSummary } from '@slicechat/client'
import { createContext } from 'svelte'
import { SvelteMap } from 'svelte/reactivity'

export interface RunsPort {
  api: { runs: Pick<ChatClient['api']['runs'], 'list' | 'remove'> }
}

/** Most runs in a comparison: a chart has this many colours. */
export const MOST_COMPARED = 8

const PAGE = 40
/** Most items that the API returns at once. */
const MOST_AT_ONCE = 100

interface Page {
  items: RunSummary[]
  nextCursor: string | null
}
type FetchPage = (cursor: string | null, limit: number) => Promise<Page>

/** The load tests that the page lists, newest first, page by page, and which of them are ticked. */
export class RunList {
  readonly #client: RunsPort
  readonly #ticked = new SvelteMap<string, RunSummary>()
  #latest = new AbortController()

  #items = $state.raw<RunSummary[]>([])
  #cursor = $state<string | null>(null)
  #query = $state('')
  #loading = $state(false)
  #loaded = $state(false)
  #failure = $state.raw<unknown>()

  /** Scroll position of the page, in pixels, for readers who come back to it. */
  scrollTop = 0

  /** Ids of the ticked runs, shown or not, oldest first, so that a comparison reads from before to after. */
  readonly compared = $derived(
    [...this.#ticked.values()]
      .sort((one, other) => Date.parse(one.startedAt) - Date.parse(other.startedAt))
      .map(({ id }) => id),
  )

  constructor(client: RunsPort) {
    this.#client = client
  }

  get items(): readonly RunSummary[] {
    return this.#items
  }
  get query(): string {
    return this.#query
  }
  get loading(): boolean {
    return this.#loading
  }
  /** Whether the first page has arrived: from then on, an empty list means that there are no runs. */
  get loaded(): boolean {
    return this.#loaded
  }
  get hasMore(): boolean {
    return this.#cursor !== null
  }
  /** Why the last fetch failed; `undefined` if it did not. */
  get failure(): unknown {
    return this.#failure
  }

  isTicked(id: string): boolean {
    return this.#ticked.has(id)
  }

  tick(run: RunSummary, on: boolean): void {
    if (on) this.#ticked.set(run.id, run)
    else this.#ticked.delete(run.id)
  }

  untick(): void {
    this.#ticked.clear()
  }

  async search(query: string): Promise<void> {
    this.#query = query
    await this.refresh()
  }

  /** Fetches from the top, as many as are shown. */
  async refresh(): Promise<void> {
    const wanted = Math.max(PAGE, this.#items.length)
    await this.#fetch(async (fetchPage) => {
      const items: RunSummary[] = []
      let nextCursor: string | null = null
      do {
        const page = await fetchPage(nextCursor, Math.min(wanted - items.length, MOST_AT_ONCE))
        items.push(...page.items)
        nextCursor = page.nextCursor
      } while (nextCursor !== null && items.length < wanted)
      return { items, nextCursor }
    })
  }

  async more(): Promise<void> {
    const cursor = this.#cursor
    if (cursor === null || this.#loading) return
    await this.#fetch(async (fetchPage) => {
      const { items, nextCursor } = await fetchPage(cursor, PAGE)
      const shown = this.#items
      return {
        items: [...shown, ...items.filter(({ id }) => shown.every((item) => item.id !== id))],
        nextCursor,
      }
    })
  }

  /** @throws the API's error */
  async remove(id: string): Promise<void> {
    await this.#client.api.runs.remove.mutate({ id })
    this.#items = this.#items.filter((item) => item.id !== id)
    this.#ticked.delete(id)
  }

  /** Shows the result of `load`, unless another fetch was started meanwhile. */
  async #fetch(load: (fetchPage: FetchPage) => Promise<Page>): Promise<void> {
    this.#latest.abort()
    const { signal } = (this.#latest = new AbortController())
    this.#loading = true
    const query = this.#query === '' ? {} : { query: this.#query }
    try {
      const page = await load((cursor, limit) =>
        this.#client.api.runs.list.query({ limit, cursor, ...query }, { signal }),
      )
      if (signal.aborted) return
      this.#items = page.items
      this.#cursor = page.nextCursor
      this.#loaded = true
      this.#failure = undefined
    } catch (error) {
      if (!signal.aborted) this.#failure = error
    } finally {
      if (!signal.aborted) this.#loading = false
    }
  }
}

export const [useRunList, setRunList] = createContext<RunList>()
