/** Time as the timetable sees it; it goes on by itself. */
export interface TimetableClock {
  now(): number
}

interface Entry {
  readonly dueMs: number
  readonly order: number
  /** `undefined`: taken back. */
  wake: (() => void) | undefined
}

/** Share of time that may go into waiting actively, and how much of it can be saved up. */
const SPIN_SHARE = 0.2
const SPIN_SAVED_MS = 20
/**
 * How much of it goes by in one turn of the event loop: arrivals wait no longer than this, and turns are so few that
 * what they leave behind is not collected just when a moment is waited for.
 */
const SPIN_TURN_MS = 0.05

/**
 * Everything that a run will do at a moment, with one timer that aims at the next. Nothing is early; lateness is
 * below a millisecond unless the thread is busy. A timer of Node has a grain of one millisecond and may fire as much too
 * soon: the rest is waited for through `setImmediate`, which lets arrivals in between through. Where moments are so
 * dense that this would take a fifth of the core, the grain is accepted.
 */
export class Timetable {
  readonly #clock: TimetableClock
  /** A binary heap by moment, then by order of entry. */
  readonly #heap: Entry[] = []
  readonly #waiting = new Set<(due: boolean) => void>()
  #entered = 0
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #spinFromMs: number | undefined
  #spinLeftMs = SPIN_SAVED_MS
  #spinCountedMs = 0
  #closed = false

  constructor(clock: TimetableClock) {
    this.#clock = clock
  }

  /** Calls `wake` at a moment, or soon if it is past. @returns takes it back */
  at(dueMs: number, wake: () => void): () => void {
    if (this.#closed) return () => {}
    const entry: Entry = { dueMs, order: this.#entered++, wake }
    this.#push(entry)
    if (this.#heap[0] === entry) this.#aim()
    return () => {
      entry.wake = undefined
    }
  }

  /** Waits for a moment. @returns whether it came: `false` if the timetable was released before */
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

  /** Nobody waits any longer; what `at` was told stays. */
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
    // Days are longer than a timer can wait.
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
      // Each on its own, so that what it begins has left before the next is timed; nothing is received in between.
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
