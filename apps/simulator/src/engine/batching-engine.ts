import type { Clock } from '../clock.ts'
import type { Engine, EngineLoad, Sequence, StepObserver } from './engine.ts'
import { Scheduler, type SchedulerConfig } from './scheduler.ts'

interface BatchingOptions extends SchedulerConfig {
  readonly clock: Clock
  readonly observer: StepObserver
}

/** Tokens due this soon are handed out: timers have a grain of a millisecond, half early beats one late. */
const AHEAD_MS = 0.5
/**
 * A process that could not run for longer than this was asleep, stopped or hopelessly short of CPU. Then the steps that
 * it missed are not made up for: it would hand out thousands of tokens at one moment, which no GPU ever did and which
 * would not help a client that may have slept as well. Time goes on from now, and the lateness is reported once.
 */
const STALL_MS = 1000

/** Steps that are made up for let others have the event loop this often. */
const TURN_MS = 5

/**
 * The scheduler in real time. Steps follow each other in virtual time, one beginning when the one before ends, or when
 * something arrives after a rest; one timer hands out what is due. A late timer makes tokens late, never the schedule:
 * missed steps are done one by one, each with what had arrived before its own beginning.
 */
export class BatchingEngine implements Engine {
  readonly #scheduler: Scheduler
  readonly #clock: Clock
  readonly #observer: StepObserver
  /** When the last step ended. */
  #idleSinceMs = -Infinity
  #cancelTimer: (() => void) | undefined
  #timerForMs = Infinity
  #working = false
  #closed = false

  constructor({ clock, observer, ...config }: BatchingOptions) {
    this.#scheduler = new Scheduler(config)
    this.#clock = clock
    this.#observer = observer
  }

  /** Throws a `RangeError` if the cache could never hold the sequence. */
  submit(sequence: Sequence, sinceMs: number): void {
    if (this.#closed) return
    this.#scheduler.submit(sequence, sinceMs)
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
    this.#cancelTimer?.()
    this.#scheduler.clear()
  }

  /** When the next thing happens: the present step ends, or the next one begins. */
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
      // A step never begins ahead of time: something may arrive that still belongs into it.
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
    if (nextMs === undefined || nextMs >= this.#timerForMs) return
    this.#cancelTimer?.()
    this.#timerForMs = nextMs
    this.#cancelTimer = this.#clock.after(nextMs - this.#clock.now(), () => {
      this.#cancelTimer = undefined
      this.#timerForMs = Infinity
      this.#wake()
    })
  }
}
