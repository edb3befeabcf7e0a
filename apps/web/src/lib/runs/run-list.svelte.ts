import type { ChatClient, RunSummary } from '@slicechat/client'
import { SvelteSet } from 'svelte/reactivity'

export interface RunsPort {
  api: { runs: Pick<ChatClient['api']['runs'], 'list' | 'remove'> }
}

/** As many as have colours of their own in a chart. */
export const MOST_COMPARED = 8

const PAGE = 40

/** The load tests that the page lists, newest first, page by page, and which of them are ticked. */
export class RunList {
  readonly #client: RunsPort
  readonly #ticked = new SvelteSet<string>()
  #latest = new AbortController()

  #items = $state.raw<RunSummary[]>([])
  #cursor = $state<string | null>(null)
  #query = $state('')
  #loading = $state(false)
  #loaded = $state(false)
  #failure = $state.raw<unknown>()

  /** Ids of the ticked runs in the order of time, so that a comparison reads from before to after. */
  readonly compared = $derived(
    this.#items
      .filter(({ id }) => this.#ticked.has(id))
      .map(({ id }) => id)
      .reverse(),
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
  /** Whether the first page has arrived, so that an empty list means there is none. */
  get loaded(): boolean {
    return this.#loaded
  }
  get hasMore(): boolean {
    return this.#cursor !== null
  }
  /** Why the last fetch failed; `undefined` when it did not. */
  get failure(): unknown {
    return this.#failure
  }

  isTicked(id: string): boolean {
    return this.#ticked.has(id)
  }

  tick(id: string, on: boolean): void {
    if (on) this.#ticked.add(id)
    else this.#ticked.delete(id)
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
      const shown = this.#items
      this.#items = [...shown, ...items.filter(({ id }) => shown.every((item) => item.id !== id))]
    })
  }

  /** @throws what the API said */
  async remove(id: string): Promise<void> {
    await this.#client.api.runs.remove.mutate({ id })
    this.#items = this.#items.filter((item) => item.id !== id)
    this.tick(id, false)
  }

  async #fetch(cursor: string | null, limit: number, take: (items: RunSummary[]) => void): Promise<void> {
    this.#latest.abort()
    const { signal } = (this.#latest = new AbortController())
    this.#loading = true
    try {
      const query = this.#query === '' ? {} : { query: this.#query }
      const page = await this.#client.api.runs.list.query({ limit, cursor, ...query }, { signal })
      if (signal.aborted) return
      take(page.items)
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
