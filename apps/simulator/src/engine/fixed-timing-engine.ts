import type { Clock } from '../clock.ts'
import { DueQueue } from './due-queue.ts'
import type { Engine, EngineLoad, Sequence, StepObserver, StepRecord } from './engine.ts'
import { AHEAD_MS, StepTimer } from './step-timer.ts'

interface Running {
  readonly sequence: Sequence
  dueMs: number
  produced: number
  aborted: boolean
}

interface FixedTimingOptions {
  /** Milliseconds from the start of a sequence to its first token. */
  readonly ttftMs: number
  /** Milliseconds from one token of a sequence to the next. */
  readonly itlMs: number
  readonly maxRunning: number
  /** Cache size for `cacheUsage`; it limits nothing. */
  readonly cacheTokens: number
  readonly clock: Clock
  readonly observer: StepObserver
}

interface StepSums {
  sequences: number
  producedTokens: number
  completedPromptTokens: number
}

/** The record of a step. It has no work, because with fixed timing nothing is computed and the GPU is idle. */
const stepOf = ({ sequences, producedTokens, completedPromptTokens }: StepSums, now: number): StepRecord => ({
  startMs: now,
  endMs: now,
  work: { sequences, prefillTokens: 0, decodeTokens: 0, contextTokens: 0, attentionPairs: 0 },
  producedTokens,
  completedPromptTokens,
  gpuMs: 0,
  readBytes: 0,
  writtenBytes: 0,
  flops: 0,
})

/** Most tokens of a sequence in one step, so that an `itlMs` of zero cannot keep the sequence in it for ever. */
const MAX_TOKENS_PER_STEP = 64

/**
 * An engine with fixed timing. One timer serves all sequences; each step emits every token that is due. A due time is
 * computed from the due time before it, never from the time of a step, so that lateness does not add up.
 */
export class FixedTimingEngine implements Engine {
  readonly #ttftMs: number
  readonly #itlMs: number
  readonly #maxRunning: number
  readonly #cacheTokens: number
  readonly #clock: Clock
  readonly #observer: StepObserver
  readonly #waiting = new Set<Sequence>()
  readonly #running = new Map<Sequence, Running>()
  readonly #due = new DueQueue<Running>()
  readonly #timer: StepTimer
  #stepping = false

  constructor(options: FixedTimingOptions) {
    this.#ttftMs = options.ttftMs
    this.#itlMs = options.itlMs
    this.#maxRunning = options.maxRunning
    this.#cacheTokens = options.cacheTokens
    this.#clock = options.clock
    this.#observer = options.observer
    this.#timer = new StepTimer(options.clock, () => this.#step())
  }

  submit(sequence: Sequence, arrivalMs: number): void {
    const isFree = this.#waiting.size === 0 && this.#running.size < this.#maxRunning
    this.#waiting.add(sequence)
    this.#admit(isFree ? arrivalMs : this.#clock.now())
    this.#arm()
  }

  abort(sequence: Sequence): void {
    if (this.#waiting.delete(sequence)) return
    const running = this.#running.get(sequence)
    if (running === undefined) return
    running.aborted = true
    this.#running.delete(sequence)
    this.#admit(this.#clock.now())
    this.#arm()
  }

  load(): EngineLoad {
    let heldTokens = 0
    let queuedPromptTokens = 0
    for (const { promptTokens } of this.#waiting) queuedPromptTokens += promptTokens
    for (const { sequence, produced } of this.#running.values()) {
      heldTokens += sequence.promptTokens + produced
      if (produced === 0) queuedPromptTokens += sequence.promptTokens
    }
    const cacheUsage = Math.min(1, heldTokens / this.#cacheTokens)
    return { running: this.#running.size, waiting: this.#waiting.size, queuedPromptTokens, cacheUsage }
  }

  close(): void {
    this.#timer.cancel()
    this.#waiting.clear()
    this.#running.clear()
    this.#due.clear()
  }

  #admit(now: number): void {
    // While a step emits tokens, the heap is inconsistent. The step itself admits sequences when it is done.
    if (this.#stepping) return
    for (const sequence of this.#waiting) {
      if (this.#running.size >= this.#maxRunning) return
      this.#waiting.delete(sequence)
      const running = { sequence, dueMs: now + this.#ttftMs, produced: 0, aborted: false }
      this.#running.set(sequence, running)
      this.#due.push(running)
      sequence.scheduled(now, 0)
    }
  }

  #step(): void {
    const now = this.#clock.now()
    const horizon = now + AHEAD_MS
    const sums: StepSums = { sequences: 0, producedTokens: 0, completedPromptTokens: 0 }
    this.#stepping = true
    const stillDue: Running[] = []
    for (
      let first = this.#due.peek();
      first !== undefined && first.dueMs <= horizon;
      first = this.#due.peek()
    ) {
      if (first.aborted) {
        this.#due.pop()
        continue
      }
      this.#advance(first, horizon, now, sums)
      if (this.#running.has(first.sequence)) {
        // A sequence that is still due (an `itlMs` of zero) waits for the next step, behind the others.
        if (first.dueMs > horizon) this.#due.sinkFirst()
        else {
          this.#due.pop()
          stillDue.push(first)
        }
      } else this.#due.pop()
    }
    for (const running of stillDue) this.#due.push(running)
    this.#stepping = false
    if (sums.producedTokens > 0) this.#observer.step(stepOf(sums, now))
    this.#admit(now)
    this.#arm()
  }

  /** Emits the tokens of one sequence that are due. */
  #advance(running: Running, horizon: number, now: number, sums: StepSums): void {
    const { sequence } = running
    const firstDueMs = running.dueMs
    const left = sequence.outputTokens - running.produced
    let count = 0
    do {
      count++
      running.dueMs += this.#itlMs
    } while (count < left && count < MAX_TOKENS_PER_STEP && running.dueMs <= horizon)
    sums.sequences++
    sums.producedTokens += count
    if (running.produced === 0) sums.completedPromptTokens += sequence.promptTokens
    running.produced += count
    if (running.produced >= sequence.outputTokens) this.#running.delete(sequence)
    sequence.produce(count, now)
    this.#observer.emitted(count, this.#clock.now() - firstDueMs)
  }

  #arm(): void {
    if (this.#stepping) return
    const first = this.#due.peek()
    if (first !== undefined) this.#timer.set(first.dueMs)
  }
}
