import type { Clock } from '../clock.ts'
import type { Engine, EngineLoad, Sequence, StepObserver } from './engine.ts'
import { Scheduler, type SchedulerConfig } from './scheduler.ts'
import { AHEAD_MS, StepTimer } from './step-timer.ts'

interface BatchingOptions extends SchedulerConfig {
  readonly clock: Clock
  readonly observer: StepObserver
}

/**
 * A process that did not run for longer than this was suspended, stopped or starved of CPU. The steps that it missed are
 * not caught up: that would emit thousands of tokens at one moment, which no GPU does and which would not help a client
 * that may have been suspended too. The schedule goes on from now, and the lateness is reported once.
 */
const STALL_MS = 1000

/** Time after which catching up on missed steps yields to the event loop. */
const TURN_MS = 5

/**
 * Runs the scheduler in real time. Steps follow each other in virtual time: a step begins when the one before ends, or
 * when a request arrives after an idle time. One timer emits the tokens that are due. A late timer delays tokens but
 * never the schedule: missed steps are run one by one, each with the requests that had arrived before it began.
 */
export class BatchingEngine implements Engine {
  readonly #scheduler: Scheduler
  readonly #clock: Clock
  readonly #observer: StepObserver
  readonly #timer: StepTimer
  /** End of the last step. */
  #idleSinceMs = -Infinity
  #working = false
  #closed = false

  constructor({ clock, observer, ...config }: BatchingOptions) {
    this.#scheduler = new Scheduler(config)
    this.#clock = clock
    this.#observer = observer
    this.#timer = new StepTimer(clock, () => this.#wake())
  }

  /** @throws {RangeError} if the cache could never hold the sequence */
  submit(sequence: Sequence, arrivalMs: number): void {
    if (this.#closed) return
    this.#scheduler.submit(sequence, arrivalMs)
    this.#arm()
  }

  abort(sequence: Sequence): void {
    this.#scheduler.abort(sequence)
  }

  load(): EngineLoad {
    return this.#scheduler.load()
  }

  close(): void {
    this.#closed = true
    this.#timer.cancel()
    this.#scheduler.clear()
  }

  /** Time of the next event: the end of the current step, or the start of the next one. */
  #nextMs(): number | undefined {
    const { stepEndMs, dueMs } = this.#scheduler
    if (stepEndMs !== undefined) return stepEndMs
    return dueMs === undefined ? undefined : Math.max(this.#idleSinceMs, dueMs)
  }

  #wake(): void {
    const turnMs = this.#clock.now() + TURN_MS
    this.#working = true
    for (let nextMs = this.#nextMs(); nextMs !== undefined; nextMs = this.#nextMs()) {
      const now = this.#clock.now()
      const ending = this.#scheduler.stepEndMs !== undefined
      // A step never begins early, because a request may still arrive that belongs to it.
      if (nextMs > (ending ? now + AHEAD_MS : now) || now > turnMs) break
      if (ending) this.#endStep(nextMs, now)
      else this.#scheduler.begin(nextMs)
    }
    this.#working = false
    this.#arm()
  }

  #endStep(dueMs: number, now: number): void {
    if (now - dueMs > STALL_MS) this.#scheduler.delay(now - dueMs)
    const record = this.#scheduler.end(now, () => this.#observer.emitted(1, this.#clock.now() - dueMs))
    this.#idleSinceMs = record.endMs
    this.#observer.step(record)
  }

  #arm(): void {
    if (this.#working) return
    const nextMs = this.#nextMs()
    if (nextMs !== undefined) this.#timer.set(nextMs)
  }
}
