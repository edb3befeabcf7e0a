import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FinishedEvent, MessageGeneration } from '@slicechat/contract'
import { CodedError } from '../errors.ts'
import type { GenerationStore } from '../store/generations.ts'
import { Generation, type GenerationRequest } from './generation.ts'
import type { LogEntry, EventWriter } from './log.ts'
import { StoredLogs } from './stored-logs.ts'
import { runGeneration, type GenerationDependencies } from './run.ts'

/** Interval at which the text of running answers is stored and failed writes are retried. */
const saveEveryMs = 1_000
/** Answers stored per turn of the event loop, so that new tokens and new calls need not wait for all of them. */
const savedInATurn = 8
const statelessKeptMs = 60 * 60 * 1_000
const sweepEveryMs = 60_000

export interface GenerationsOptions extends GenerationDependencies {
  store: GenerationStore
  orphanTimeoutMs: number
}

/** All running answers, and access to finished ones. */
export class Generations {
  readonly #options: GenerationsOptions
  readonly #live = new Map<string, Generation>()
  readonly #savedAt = new WeakMap<Generation, number>()
  readonly #unsaved = new Set<Generation>()
  readonly #timers: NodeJS.Timeout[]
  readonly #storedLogs: StoredLogs
  /** Number of calls that have reserved a place and are writing their rows. */
  #admitting = 0
  #draining = false
  #saving = false

  constructor(options: GenerationsOptions) {
    this.#options = options
    this.#storedLogs = new StoredLogs(options.store)
    this.#timers = [
      setInterval(() => void this.#save(), saveEveryMs),
      setInterval(() => void this.#sweep(), sweepEveryMs),
    ]
    for (const timer of this.#timers) timer.unref()
  }

  get draining(): boolean {
    return this.#draining
  }

  /**
   * Reserves a place for a generation and runs `work`, which writes its rows. `work` calls `begin` once the
   * generation's row is stored, or not at all. A refused generation is counted as `rejected`.
   * @throws {CodedError} SHUTTING_DOWN, QUEUE_FULL, and what `work` throws
   */
  async admit<T>(
    model: string | undefined,
    work: (begin: (request: GenerationRequest) => void) => Promise<T>,
  ): Promise<T> {
    const { admission, metrics, models } = this.#options
    const countRejected = (): void =>
      metrics.countGeneration({ model: models.likely(model), status: 'rejected' })
    try {
      if (this.#draining)
        throw new CodedError('SHUTTING_DOWN', 'The API is about to stop. Try again shortly.')
      admission.reserve()
    } catch (error) {
      countRejected()
      throw error
    }
    const place = { used: false }
    this.#admitting++
    try {
      return await work((request) => {
        place.used = true
        this.#begin(request)
      })
    } catch (error) {
      // A coded error is the caller's mistake and not counted; any other comes from the store.
      if (!place.used && !(error instanceof CodedError)) countRejected()
      throw error
    } finally {
      this.#admitting--
      if (!place.used) admission.unreserve()
    }
  }

  #begin(request: GenerationRequest): void {
    const { store, log } = this.#options
    const generation = new Generation(request, this.#options.orphanTimeoutMs)
    this.#live.set(generation.id, generation)
    const onStarted = (model: string, dropped: number): void => {
      store.started(generation.id, model, dropped).catch((error: unknown) => {
        log.error({ err: error, generationId: generation.id }, 'could not store a start')
      })
    }
    void runGeneration(generation, this.#options, onStarted).then(() => this.#keep(generation))
  }

  /** The state and text of a running answer, which are newer than those in the store. */
  live(id: string): { state: MessageGeneration; content: string; reasoning: string } | undefined {
    const generation = this.#live.get(id)
    return generation === undefined ? undefined : { state: generation.state(), ...generation.snapshot() }
  }

  /**
   * Streams a generation's events after a position, up to its `finished`.
   * @param writer destination of the events; see `GenerationLog.tail`
   * @throws {CodedError} NOT_FOUND, before the first event
   */
  async *stream(
    owner: string,
    id: string,
    position: number,
    signal: AbortSignal,
    writer?: EventWriter,
  ): AsyncGenerator<LogEntry, void, undefined> {
    const generation = this.#live.get(id)
    if (generation === undefined || generation.request.owner !== owner) {
      yield* this.#storedLogs.reading(owner, id, (log) => log.tail(position, signal, writer))
      return
    }
    const leave = generation.join()
    try {
      yield* generation.log.tail(position, signal, writer)
    } finally {
      leave()
    }
  }

  /** Stops a running answer. @returns whether this call ended it. @throws {CodedError} NOT_FOUND */
  async stop(owner: string, id: string): Promise<boolean> {
    const generation = this.#live.get(id)
    if (generation?.request.owner === owner) return generation.end('stopped')
    await this.#storedLogs.find(owner, id)
    return false
  }

  /** Ends the answers of a conversation that is about to be removed. */
  endAll(ids: Iterable<string>): void {
    for (const id of ids) this.#live.get(id)?.end('stopped')
  }

  /**
   * Refuses new answers, gives running ones `graceMs` to end by themselves, then interrupts them. Resolves when every
   * answer is stored, or when the store has failed for another five seconds.
   */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true
    const until = performance.now() + graceMs
    const step = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))
    const busy = (): boolean => this.#live.size + this.#admitting > 0
    while (busy() && performance.now() < until) await step()
    // Interrupted answers end within a turn of the event loop; only a store that fails can take longer.
    const last = performance.now() + 5_000
    while (busy() && performance.now() < last) {
      for (const generation of this.#live.values()) generation.end('interrupted')
      await step()
    }
    for (const timer of this.#timers) clearInterval(timer)
  }

  /** Stores the finished answer; it stays in memory until that succeeds. */
  async #keep(generation: Generation): Promise<void> {
    try {
      await this.#options.store.finish(generation.snapshot(), generation.finished as FinishedEvent)
      this.#unsaved.delete(generation)
      this.#live.delete(generation.id)
    } catch (error) {
      this.#unsaved.add(generation)
      this.#options.log.error(
        { err: error, generationId: generation.id },
        'could not store an answer; will retry',
      )
    }
  }

  async #save(): Promise<void> {
    if (this.#saving) return
    this.#saving = true
    try {
      for (const generation of this.#unsaved) await this.#keep(generation)
      const running = [...this.#live.values()]
      for (let from = 0; from < running.length; from += savedInATurn) {
        const changed = running
          .slice(from, from + savedInATurn)
          .filter(({ finished }) => finished === undefined)
          .filter((generation) => generation.log.end !== this.#savedAt.get(generation))
        for (const generation of changed) this.#savedAt.set(generation, generation.log.end)
        await this.#options.store.save(changed.map((generation) => generation.snapshot()))
        await nextTurn()
      }
    } catch (error) {
      this.#options.log.error({ err: error }, 'could not store partial answers')
    } finally {
      this.#saving = false
    }
  }

  async #sweep(): Promise<void> {
    try {
      await this.#options.store.removeStateless(new Date(Date.now() - statelessKeptMs))
    } catch (error) {
      this.#options.log.error({ err: error }, 'could not sweep old generations')
    }
  }
}
