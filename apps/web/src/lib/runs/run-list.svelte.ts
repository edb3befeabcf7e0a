import type { ChatClient, RunSummary } from '@slicechat/client'
import { createContext } from 'svelte'
import { SvelteMap } from 'svelte/reactivity'
import { type PageInput, PagedList } from '../paged-list.svelte.ts'

export interface RunsPort {
  api: { runs: Pick<ChatClient['api']['runs'], 'list' | 'remove'> }
}

/** Most runs in a comparison: a chart has this many colours. */
export const MAX_COMPARED = 8

/** The load tests that the page lists, newest first, page by page, and which of them are ticked. */
export class RunList extends PagedList<RunSummary> {
  readonly #client: RunsPort
  readonly #ticked = new SvelteMap<string, RunSummary>()
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
    super()
    this.#client = client
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

  /** Fetches from the top, as many as are shown. */
  async refresh(): Promise<void> {
    await this.fetchTop()
  }

  /** @throws the API's error */
  async remove(id: string): Promise<void> {
    await this.#client.api.runs.remove.mutate({ id })
    this.change((items) => items.filter((item) => item.id !== id))
    this.#ticked.delete(id)
  }

  protected override fetchPage(input: PageInput, signal: AbortSignal) {
    return this.#client.api.runs.list.query(input, { signal })
  }

  protected override fetched(error: unknown): void {
    this.#failure = error
  }
}

export const [useRunList, setRunList] = createContext<RunList>()
