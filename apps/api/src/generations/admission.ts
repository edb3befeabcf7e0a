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

/** Positions of everyone behind shift with every turn; telling each at once would cost n² events. */
const positionsEveryMs = 250

/**
 * Bounds how many generations run at once. Others wait first-in-first-out within their owner, and
 * owners take turns, so that one who asks for a hundred does not hold up another who asks for one.
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
   * Sets a place aside while a generation's rows are written; `enter` or `unreserve` must follow.
   * @throws {CodedError} QUEUE_FULL when there is no place left, not even to wait
   */
  reserve(): void {
    const { maxActive, maxQueued } = this.#options
    if (this.#active + this.#queued + this.#reserved < maxActive + maxQueued) this.#reserved++
    else
      throw new CodedError(
        'QUEUE_FULL',
        `${this.#queued === 1 ? '1 generation waits' : `${this.#queued} generations wait`} already. Try again later.`,
        {
          // Spread, so that those who were refused together do not come back together.
          retryAfterMs: 1_000 + Math.round(Math.random() * 4_000),
        },
      )
  }

  /** Gives a reserved place back unused. */
  unreserve(): void {
    this.#reserved--
  }

  /**
   * Takes the place that `reserve` set aside, waiting for its turn when need be.
   * @param onPosition told the number in line (1 is next) at first and whenever it changed
   * @returns gives the place back; must be called exactly once
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

  /** The place of the newest one of an owner, were nobody else to come. */
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
    // The map keeps owners in the order of their turns: whoever was served goes to the back.
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
    }, positionsEveryMs)
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
