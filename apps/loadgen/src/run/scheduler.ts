/** The clock of a scheduler; its time goes on by itself. */
export interface SchedulerClock {
  now(): number
}

interface Entry {
  readonly dueMs: number
  readonly order: number
  /** `undefined`: cancelled. */
  wake: (() => void) | undefined
}

/** Share of the time that may be spent on busy waiting, and how much of it can be saved up. */
const SPIN_SHARE = 0.2
const SPIN_SAVED_MS = 20
/**
 * How long one turn of the event loop may wait busily. Arrivals wait no longer than this, and there are so
 * few turns that their garbage is not collected just while a moment is waited for.
 */
const SPIN_TURN_MS = 0.05

/**
 * Calls everything that a run does at a planned moment, with one timer that aims at the next. Nothing is early;
 * lateness is below a millisecond unless the thread is busy. Node's timers have a resolution of one millisecond
 * and may fire as much too soon, so the rest is waited for through `setImmediate`, which lets arrivals in between
 * through. If moments are so dense that this would take a fifth of the core, the timer's resolution is accepted.
 */
export class Scheduler {
  readonly #clock: SchedulerClock
  /** A binary heap, ordered by moment and then by order of entry. */
  readonly #heap: Entry[] = []
  readonly #waiting = new Set<(due: boolean) => void>()
  #entered = 0
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #spinFromMs: number | undefined
  #spinLeftMs = SPIN_SAVED_MS
  #spinCountedMs = 0
  #closed = false

  constructor(clock: SchedulerClock) {
    this.#clock = clock
  }

  /** Calls `wake` at a moment, or soon if it is past. @returns a function that cancels it */
  at(dueMs: number, wake: () => void): () => void {
    if (this.#closed) return () => {}
    const entry: Entry = { dueMs, order: this.#entered++, wake }
    this.#push(entry)
    if (this.#heap[0] === entry) this.#aim()
    return () => {
      entry.wake = undefined
    }
  }

  /** Waits for a moment. @returns whether it came; `false` if the scheduler was released before */
  until(dueMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#closed) return resolve(false)
      const done = (due: boolean): void => {
        this.#waiting.delete(done)
        takeBack()
        resolve(due)
      }
      const takeBack = this.at(dueMs, () => done(true))
      this.#waiting.add(done)
    })
  }

  /** Ends every wait of `until`; what was entered with `at` stays. */
  release(): void {
    for (const done of this.#waiting) done(false)
  }

  close(): void {
    this.#closed = true
    this.release()
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    this.#heap.length = 0
  }

  #aim(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    const next = this.#heap[0]
    if (next === undefined) return
    const leftMs = next.dueMs - this.#clock.now()
    const mayspin = this.#maySpin()
    if (leftMs <= 0 || (leftMs < 1.5 && mayspin)) {
      this.#spinFromMs ??= leftMs > 0 ? this.#clock.now() : undefined
      this.#immediate = setImmediate(this.#tick)
      return
    }
    // A timer cannot wait longer than 2³¹ − 1 ms (24.8 days).
    const waitMs = Math.min(mayspin ? Math.floor(leftMs - 0.5) : Math.ceil(leftMs), 2 ** 31 - 1)
    this.#timer = setTimeout(this.#tick, Math.max(1, waitMs))
  }

  readonly #tick = (): void => {
    let now = this.#clock.now()
    const dueMs = this.#spinFromMs === undefined ? now : (this.#heap[0]?.dueMs ?? now)
    for (const untilMs = Math.min(dueMs, now + SPIN_TURN_MS); now < untilMs;) now = this.#clock.now()
    if (this.#spinFromMs !== undefined) {
      this.#spinLeftMs -= now - this.#spinFromMs
      this.#spinFromMs = undefined
    }
    for (let next = this.#heap[0]; next !== undefined && next.dueMs <= now; next = this.#heap[0]) {
      this.#pop()
      // Each in a callback of its own, so that what it sends has left before the next is timed; nothing is
      // received in between.
      setImmediate(() => next.wake?.())
    }
    this.#aim()
  }

  #maySpin(): boolean {
    const now = this.#clock.now()
    this.#spinLeftMs = Math.min(SPIN_SAVED_MS, this.#spinLeftMs + (now - this.#spinCountedMs) * SPIN_SHARE)
    this.#spinCountedMs = now
    return this.#spinLeftMs > 0
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let at = heap.push(entry) - 1
    for (let parent = (at - 1) >> 1; at > 0; at = parent, parent = (at - 1) >> 1) {
      const above = heap[parent] as Entry
      if (!before(entry, above)) break
      heap[at] = above
      heap[parent] = entry
    }
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Entry
    if (heap.length === 0) return
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const right = heap[child + 1]
      if (right !== undefined && before(right, heap[child] as Entry)) child++
      const below = heap[child] as Entry
      if (!before(below, last)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
  }
}

const before = (a: Entry, b: Entry): boolean =>
  a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)
