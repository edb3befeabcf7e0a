import { ChatError } from '@slicechat/client'
import type { BudgetState, BudgetStatus } from '@slicechat/contract'

export interface LimitsPort {
  api: { account: { budget: { query: () => Promise<BudgetStatus> } } }
}

export type LimitName = keyof BudgetStatus

/** A limit that is nearly used up, or quite. */
export interface NearLimit extends BudgetState {
  name: LimitName
}

/** Share of a limit from which on the page mentions it. */
const NEAR = 0.8
/** Interval between two ticks of a time to wait. */
const TICK_MS = 1_000
/** The order in which limits are mentioned: what takes longest to come back first. */
const NAMES = ['tokensPerDay', 'requestsPerMinute', 'answersAtOnce'] as const satisfies LimitName[]

/** The limit that is most worth mentioning; `undefined` if there is much left of all of them. */
export function nearLimit(status: BudgetStatus): NearLimit | undefined {
  for (const name of NAMES) {
    const state = status[name]
    // A single answer at once is used up by every answer, which is no news.
    const isNews = name !== 'answersAtOnce' || (state?.limit ?? 0) > 1
    if (state !== null && isNews && state.used >= state.limit * NEAR) return { name, ...state }
  }
  return undefined
}

/** What is left of the caller's limits, and how long to wait after a call over one of them. */
export class LimitsWatch {
  readonly #client: LimitsPort
  readonly #now: () => number
  #near = $state.raw<NearLimit>()
  #waitMs = $state(0)
  #timer: ReturnType<typeof setInterval> | undefined
  #reset: ReturnType<typeof setTimeout> | undefined
  #latest = 0
  readonly #noticed = new WeakSet<ChatError>()

  /** @param now monotonic, in milliseconds */
  constructor(client: LimitsPort, now: () => number) {
    this.#client = client
    this.#now = now
  }

  get near(): NearLimit | undefined {
    return this.#near
  }
  /** Milliseconds until the next call may succeed; 0 if it may now. */
  get waitMs(): number {
    return this.#waitMs
  }

  /** Asks what is left. A failure is not shown: this is a courtesy. */
  async refresh(): Promise<void> {
    const call = ++this.#latest
    try {
      const status = await this.#client.api.account.budget.query()
      if (call !== this.#latest) return
      this.#near = nearLimit(status)
      this.#refreshAfter(this.#near?.resetMs ?? null)
    } catch {
      // The page goes on with what it knew.
    }
  }

  /** Waits as long as the API asks for, if the error is about a limit. An error that is shown again is no news. */
  noticed(error: unknown): void {
    if (!(error instanceof ChatError) || error.code !== 'RATE_LIMITED' || this.#noticed.has(error)) return
    this.#noticed.add(error)
    if (error.retryAfterMs !== undefined) this.#wait(error.retryAfterMs)
    void this.refresh()
  }

  stop(): void {
    clearInterval(this.#timer)
    clearTimeout(this.#reset)
  }

  /** Asks again when something of the limit is free, since what is shown is then not true any more. */
  #refreshAfter(ms: number | null): void {
    clearTimeout(this.#reset)
    if (ms !== null) this.#reset = setTimeout(() => void this.refresh(), Math.max(ms, TICK_MS))
  }

  #wait(ms: number): void {
    clearInterval(this.#timer)
    const until = this.#now() + ms
    this.#waitMs = ms
    this.#timer = setInterval(() => {
      this.#waitMs = Math.max(0, until - this.#now())
      if (this.#waitMs > 0) return
      clearInterval(this.#timer)
      void this.refresh()
    }, TICK_MS)
  }
}
