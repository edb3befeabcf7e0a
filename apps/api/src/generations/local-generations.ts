import { isUnavailable } from '../store-unavailable.ts'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FinishedEvent, Usage } from '@slicechat/contract'
import { dayOf } from '../access/budgets/budgets.ts'
import type { BudgetReservation } from '../access/budgets/budget-reservation.ts'
import type { Ended, GenerationStore } from '../store/generations.ts'
import { Generation, type GenerationRequest } from './generation.ts'
import type { EventWriter, LogEntry } from './log.ts'
import { runGeneration, type GenerationDependencies } from './run.ts'
import type { GenerationSource, LiveGeneration } from './source.ts'

/** Interval at which the text of running answers is stored and failed writes are retried. */
const SAVE_EVERY_MS = 1_000
/** Time within which answers that end are stored together: a transaction of its own costs each more than its row. */
const STORED_TOGETHER_MS = 20
/** Answers stored per turn of the event loop, so that new tokens and new calls need not wait for all of them. */
const SAVED_IN_A_TURN = 8

/** What generations in this process need. */
export interface LocalGenerationsOptions extends GenerationDependencies {
  store: GenerationStore
  /** Time without a reader after which an answer ends as `abandoned`. */
  orphanTimeoutMs: number
}

const sum = ({ promptTokens, completionTokens }: Usage): number => promptTokens + completionTokens

/** What is stored of an answer that ends now. */
function toEnded(generation: Generation): Ended {
  const { owner, keyId: key = '' } = generation.request
  const { model, tokensUsed } = generation
  const day = dayOf(Date.now())
  // What used nothing is not counted, so that names of models that do not exist add no rows.
  const isUnused = model === null || sum(tokensUsed) === 0
  return {
    snapshot: generation.snapshot(),
    event: generation.finished as FinishedEvent,
    used: isUnused ? undefined : { day, owner, key, model, answers: 1, ...tokensUsed },
  }
}

/** The generations that run in this process. Each stays here until its end is stored. */
export class LocalGenerations implements GenerationSource {
  readonly #options: LocalGenerationsOptions
  readonly #running = new Map<string, Generation>()
  readonly #savedAt = new WeakMap<Generation, number>()
  /** Answers that have ended and wait to be stored together. */
  #ended: Ended[] = []
  #endedDue: NodeJS.Timeout | undefined
  /** Resolves once all ends that are being stored are stored, or have failed. */
  #storing: Promise<void> = Promise.resolve()
  /** Answers whose storing has failed. */
  readonly #unsaved = new Set<Ended>()
  readonly #timer: NodeJS.Timeout
  #saving = false

  constructor(options: LocalGenerationsOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.#save(), SAVE_EVERY_MS).unref()
  }

  get size(): number {
    return this.#running.size
  }

  /** Whether a generation runs here, or its end is not stored yet. */
  has(id: string): boolean {
    return this.#running.has(id)
  }

  /** Begins a generation whose row is stored, and whose place and budget are reserved. */
  begin(request: GenerationRequest, budget: BudgetReservation): void {
    const generation = new Generation(request, this.#options.orphanTimeoutMs)
    this.#running.set(generation.id, generation)
    budget.follow(() => sum(generation.tokensUsed))
    void runGeneration(generation, this.#options).then(() => {
      budget.settle(sum(generation.tokensUsed))
      this.#ended.push(toEnded(generation))
      this.#endedDue ??= setTimeout(() => void this.storeEnded(), STORED_TOGETHER_MS)
    })
  }

  stream(
    owner: string,
    id: string,
    position: number,
    signal: AbortSignal,
    writer: EventWriter | undefined,
  ): Promise<AsyncGenerator<LogEntry, void, undefined> | undefined> {
    return Promise.resolve(this.#find(owner, id)?.stream(position, signal, writer))
  }

  stop(owner: string, id: string): Promise<boolean | undefined> {
    return Promise.resolve(this.#find(owner, id)?.end('stopped'))
  }

  live(owner: string, id: string): Promise<LiveGeneration | undefined> {
    const generation = this.#find(owner, id)
    return Promise.resolve(generation && { state: generation.state(), ...generation.snapshot() })
  }

  /** Stops all answers of an owner. @returns how many are still here: an answer leaves once its end is stored */
  stopAll(owner: string): number {
    const own = [...this.#running.values()].filter(({ request }) => request.owner === owner)
    for (const generation of own) generation.end('stopped')
    return own.length
  }

  /** The answers that have not ended, oldest first. */
  unfinished(): Generation[] {
    return [...this.#running.values()].filter(({ finished }) => finished === undefined)
  }

  /** Ends all as `interrupted`. */
  interrupt(): void {
    for (const generation of this.#running.values()) generation.end('interrupted')
  }

  /** Stops storing the text of what still runs. */
  close(): void {
    clearInterval(this.#timer)
  }

  #find(owner: string, id: string): Generation | undefined {
    const generation = this.#running.get(id)
    return generation?.request.owner === owner ? generation : undefined
  }

  /** Stores the answers that have ended since the last time. Resolves once those before are stored too. */
  storeEnded(): Promise<void> {
    clearTimeout(this.#endedDue)
    this.#endedDue = undefined
    const ended = this.#ended
    this.#ended = []
    const before = this.#storing
    this.#storing = this.#keep(ended).then(() => before)
    return this.#storing
  }

  /** Stores ends; the answers stay in memory until that succeeds. @returns whether the store is there */
  async #keep(ended: readonly Ended[]): Promise<boolean> {
    try {
      await this.#options.store.finish(ended)
      for (const end of ended) {
        this.#unsaved.delete(end)
        this.#running.delete(end.snapshot.id)
      }
      return true
    } catch (error) {
      for (const end of ended) this.#unsaved.add(end)
      const generationIds = ended.map(({ snapshot }) => snapshot.id)
      this.#options.log.error({ err: error, generationIds }, 'could not store answers; will retry')
      return !isUnavailable(error)
    }
  }

  async #save(): Promise<void> {
    if (this.#saving) return
    this.#saving = true
    try {
      // One by one: an answer that cannot be stored must not hold up the others. While the store is away, none can.
      for (const end of this.#unsaved) if (!(await this.#keep([end]))) return
      const running = [...this.#running.values()]
      for (let from = 0; from < running.length; from += SAVED_IN_A_TURN) {
        const changed = running
          .slice(from, from + SAVED_IN_A_TURN)
          .filter(({ finished }) => finished === undefined)
          .filter((generation) => generation.log.end !== this.#savedAt.get(generation))
        const ends = changed.map(({ log }) => log.end)
        await this.#options.store.save(changed.map((generation) => generation.snapshot()))
        for (const [i, generation] of changed.entries()) this.#savedAt.set(generation, ends[i] ?? 0)
        await nextTurn()
      }
    } catch (error) {
      this.#options.log.error({ err: error }, 'could not store partial answers')
    } finally {
      this.#saving = false
    }
  }
}
