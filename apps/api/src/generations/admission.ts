import { CodedError } from '../errors.ts'

export interface AdmissionOptions {
  maxActive: number
  maxQueued: number
  queueTimeoutMs: number
}

interface Waiting {
  owner: string
  position: number
  onPosition: (position: number) => void
  admit: () => void
}

/**
 * Interval between updates of queue positions. Every turn shifts all positions, so telling each at once costs n²
 * events.
 */
const POSITIONS_EVERY_MS = 250

/**
 * Limits how many generations run at once. The others wait, first in, first out for each owner. Owners take turns, so
 * that an owner who starts a hundred does not hold up another who starts one.
 */
export class Admission {
  readonly #options: AdmissionOptions
  readonly #queues = new Map<string, Waiting[]>()
  readonly #onChange: (active: number, queued: number) => void
  #active = 0
  #queued = 0
  #reserved = 0
  #positionsDue: NodeJS.Timeout | null = null

  constructor(options: AdmissionOptions, onChange: (active: number, queued: number) => void) {
    this.#options = options
    this.#onChange = onChange
  }

  get active(): number {
    return this.#active
  }

  get queued(): number {
    return this.#queued
  }

  /**
   * Reserves a place while a generation's rows are written; `enter` or `unreserve` must follow.
   * @throws {CodedError} QUEUE_FULL when no place is left, neither to run nor to wait
   */
  reserve(): Promise<void> {
    const { maxActive, maxQueued } = this.#options
    if (this.#active + this.#queued + this.#reserved < maxActive + maxQueued) {
      this.#reserved++
      return Promise.resolve()
    }
    const waiting = this.#queued === 1 ? '1 generation waits' : `${this.#queued} generations wait`
    // Random, so that callers who were refused together do not come back together.
    const retryAfterMs = 1_000 + Math.round(Math.random() * 4_000)
    return Promise.reject(
      new CodedError('QUEUE_FULL', `${waiting} already. Try again later.`, { retryAfterMs }),
    )
  }

  /** Returns a reserved place unused. */
  unreserve(): void {
    this.#reserved--
  }

  /**
   * Takes a reserved place, and waits for its turn if too many generations run.
   * @param onPosition called with the position in the queue (1 is next), first on joining and again on every change
   * @returns a function that gives the place back; it must be called exactly once
   * @throws {CodedError} QUEUE_TIMEOUT; or the signal's reason when it fires while waiting
   */
  enter(owner: string, onPosition: (position: number) => void, signal: AbortSignal): Promise<() => void> {
    this.#reserved--
    if (signal.aborted) return Promise.reject(signal.reason as Error)
    if (this.#active < this.#options.maxActive) {
      this.#active++
      this.#changed()
      return Promise.resolve(() => this.#leave())
    }
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
      }
      const waiting: Waiting = {
        owner,
        position: 0,
        onPosition,
        admit: () => {
          done()
          resolve(() => this.#leave())
        },
      }
      const giveUp = (error: Error): void => {
        done()
        this.#remove(waiting)
        reject(error)
      }
      const onAbort = (): void => giveUp(signal.reason as Error)
      const timer = setTimeout(() => {
        const seconds = this.#options.queueTimeoutMs / 1000
        giveUp(
          new CodedError('QUEUE_TIMEOUT', `The queue did not move within ${seconds} s. Try again later.`),
        )
      }, this.#options.queueTimeoutMs)
      signal.addEventListener('abort', onAbort)

      const queue = this.#queues.get(owner)
      if (queue === undefined) this.#queues.set(owner, [waiting])
      else queue.push(waiting)
      this.#queued++
      waiting.position = this.#lastPositionOf(owner)
      onPosition(waiting.position)
      this.#changed()
    })
  }

  /** The queue position of an owner's newest generation, if nobody else joins. */
  #lastPositionOf(owner: string): number {
    const turns = this.#queues.get(owner)?.length ?? 0
    let position = 0
    let before = true
    for (const [other, { length }] of this.#queues) {
      if (other === owner) before = false
      position += Math.min(length, before || other === owner ? turns : turns - 1)
    }
    return position
  }

  #leave(): void {
    // The map holds owners in the order of their turns: an owner that was served moves to the back.
    const [next] = this.#queues
    if (next === undefined) this.#active--
    else {
      const [owner, queue] = next
      const waiting = queue.shift()
      this.#queues.delete(owner)
      if (queue.length > 0) this.#queues.set(owner, queue)
      this.#queued--
      waiting?.admit()
    }
    this.#changed()
  }

  #remove(waiting: Waiting): void {
    const queue = this.#queues.get(waiting.owner)
    const index = queue?.indexOf(waiting) ?? -1
    if (queue === undefined || index < 0) return
    queue.splice(index, 1)
    if (queue.length === 0) this.#queues.delete(waiting.owner)
    this.#queued--
    this.#changed()
  }

  #changed(): void {
    this.#onChange(this.#active, this.#queued)
    if (this.#queued === 0 || this.#positionsDue !== null) return
    this.#tellPositions()
    this.#positionsDue = setTimeout(() => {
      this.#positionsDue = null
      if (this.#queued > 0) this.#tellPositions()
    }, POSITIONS_EVERY_MS)
    this.#positionsDue.unref()
  }

  #tellPositions(): void {
    const queues = [...this.#queues.values()]
    const longest = queues.reduce((most, queue) => Math.max(most, queue.length), 0)
    let position = 0
    for (let round = 0; round < longest; round++)
      for (const queue of queues) {
        const waiting = queue[round]
        if (waiting === undefined) continue
        position++
        if (waiting.position === position) continue
        waiting.position = position
        waiting.onPosition(position)
      }
  }
}
