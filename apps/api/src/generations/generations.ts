import type { RunningAnswer } from '@slicechat/contract'
import type { BudgetReservation } from '../access/budgets/budget-reservation.ts'
import type { Budgets, Spender } from '../access/budgets/budgets.ts'
import { CodedError } from '../errors.ts'
import type { GenerationRequest } from './generation.ts'
import { LocalGenerations, type LocalGenerationsOptions } from './local-generations.ts'
import type { EventWriter, LogEntry } from './log.ts'
import type { GenerationSource, LiveGeneration } from './source.ts'
import { StoredGenerations } from './stored-generations.ts'

const STATELESS_KEPT_MS = 60 * 60 * 1_000
const SWEEP_EVERY_MS = 60_000
/** Age of a row that nobody runs at which its answer is ended: until then, the caller may repeat the call. */
const ABANDONED_AFTER_MS = 60_000

/** What admission has to know of an answer. */
export interface Applicant {
  spender: Spender
  model: string | undefined
  /** Returns the tokens that the answer is expected to use; asked only if the caller's tokens are limited. */
  expectedTokens: () => number
}

export interface GenerationsOptions extends LocalGenerationsOptions {
  budgets: Budgets
}

/** All generations: admits new ones, and finds each one where it is. */
export class Generations {
  readonly #options: GenerationsOptions
  readonly #local: LocalGenerations
  /** In the order in which they are asked. */
  readonly #sources: readonly GenerationSource[]
  readonly #timer: NodeJS.Timeout
  /** Number of calls that ask for a place or are writing their rows. */
  #admitting = 0
  #draining = false

  constructor(options: GenerationsOptions) {
    this.#options = options
    this.#local = new LocalGenerations(options)
    this.#sources = [this.#local, new StoredGenerations(options.store)]
    this.#timer = setInterval(() => void this.#sweep(), SWEEP_EVERY_MS).unref()
  }

  get draining(): boolean {
    return this.#draining
  }

  /**
   * Reserves a place and budget for a generation and runs `work`, which writes its rows. `work` calls `begin` once the
   * generation's row is stored, or not at all. A refused generation is counted as `rejected`.
   * @throws {CodedError} SHUTTING_DOWN, RATE_LIMITED, QUEUE_FULL, and what `work` throws
   */
  async admit<T>(
    { spender, model, expectedTokens }: Applicant,
    work: (begin: (request: GenerationRequest) => void) => Promise<T>,
  ): Promise<T> {
    const { admission, budgets, metrics, upstream } = this.#options
    const countRejected = (): void =>
      metrics.countGeneration({ door: 'trpc', model: upstream.likely(model), status: 'rejected' })
    this.#admitting++
    const place = { reserved: false, used: false }
    let reservation: BudgetReservation | undefined
    try {
      if (this.#draining)
        throw new CodedError('SHUTTING_DOWN', 'The API is about to stop. Try again shortly.')
      const budget = (reservation = await budgets.enter(spender, expectedTokens))
      await admission.reserve()
      place.reserved = true
      return await work((request) => {
        place.used = true
        this.#local.begin(request, budget)
      })
    } catch (error) {
      // A coded error of `work` is the caller's mistake and not counted; any other comes from the store.
      if (!place.reserved || (!place.used && !(error instanceof CodedError))) countRejected()
      throw error
    } finally {
      this.#admitting--
      if (place.reserved && !place.used) admission.unreserve()
      if (!place.used) reservation?.cancel()
    }
  }

  /** Stores the answers that have ended, which otherwise happens a moment later. */
  storeEnded(): Promise<void> {
    return this.#local.storeEnded()
  }

  /**
   * Whether a stored generation has not ended, and nobody runs it: its row was written by a transaction whose COMMIT was not
   * answered. Only this API begins the generations of its store.
   */
  async isAbandoned(owner: string, id: string): Promise<boolean> {
    if (this.#local.has(id)) return false
    const stored = await this.#options.store.find(owner, id)
    return stored !== undefined && stored.state.status !== 'finished' && !this.#local.has(id)
  }

  /** Streams a generation's events; see `GenerationSource.stream`. @throws {CodedError} NOT_FOUND */
  async stream(
    owner: string,
    id: string,
    position: number,
    signal: AbortSignal,
    writer: EventWriter | undefined,
  ): Promise<AsyncGenerator<LogEntry, void, undefined>> {
    return (
      (await this.#ask((source) => source.stream(owner, id, position, signal, writer))) ?? noSuchGeneration()
    )
  }

  /** Stops a running answer. @returns whether this call ended it. @throws {CodedError} NOT_FOUND */
  async stop(owner: string, id: string): Promise<boolean> {
    return (await this.#ask((source) => source.stop(owner, id))) ?? noSuchGeneration()
  }

  /** Stops all running answers of an owner, and waits until they are stored, for at most five seconds. */
  async stopAll(owner: string): Promise<void> {
    const last = performance.now() + 5_000
    while (this.#local.stopAll(owner) > 0 && performance.now() < last)
      await new Promise((resolve) => setTimeout(resolve, 20))
  }

  /** The answers that run or wait here, of all owners, oldest first; never their text. */
  running(): Omit<RunningAnswer, 'label'>[] {
    return this.#local.unfinished().map(({ id, request, model, status, acceptedAt }) => ({
      id,
      owner: request.owner,
      model: model ?? request.model ?? null,
      status: status === 'running' ? 'running' : 'queued',
      door: 'trpc',
      acceptedAt: acceptedAt.toISOString(),
    }))
  }

  /** The newest state and text of an answer; `undefined` if there is none any more. */
  live(owner: string, id: string): Promise<LiveGeneration | undefined> {
    return this.#ask((source) => source.live(owner, id))
  }

  /** The first answer of a source. */
  async #ask<T>(question: (source: GenerationSource) => Promise<T | undefined>): Promise<T | undefined> {
    for (const source of this.#sources) {
      const answer = await question(source)
      if (answer !== undefined) return answer
    }
    return undefined
  }

  /**
   * Refuses new answers, gives running ones `graceMs` to end by themselves, then interrupts them. Resolves when every
   * answer is stored, or when the store has failed for another five seconds.
   */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true
    const until = performance.now() + graceMs
    const step = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))
    const busy = (): boolean => this.#local.size + this.#admitting > 0
    while (busy() && performance.now() < until) await step()
    // Interrupted answers end within a turn of the event loop; only a store that fails can take longer.
    const last = performance.now() + 5_000
    while (busy() && performance.now() < last) {
      this.#local.interrupt()
      await step()
    }
    this.#local.close()
    clearInterval(this.#timer)
  }

  async #sweep(): Promise<void> {
    const { store, log } = this.#options
    try {
      await store.removeStateless(new Date(Date.now() - STATELESS_KEPT_MS))
      const abandoned = await store.interruptRunning(new Date(Date.now() - ABANDONED_AFTER_MS), (id) =>
        this.#local.has(id),
      )
      if (abandoned > 0) log.warn({ abandoned }, 'answers were stored that never began')
    } catch (error) {
      log.error({ err: error }, 'could not sweep old generations')
    }
  }
}

function noSuchGeneration(): never {
  throw new CodedError('NOT_FOUND', 'There is no such generation.')
}
