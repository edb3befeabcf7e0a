import type { ErrorCode, GenerationEvent } from './contract.ts'
import { ChatError, toChatError } from './error.ts'

/** An event with the position to resume from. */
export interface TrackedEvent {
  id: string
  data: GenerationEvent
}

/** Callbacks of one subscription. */
export interface StreamObserver {
  onData: (event: TrackedEvent) => void
  onError: (error: unknown) => void
  onComplete: () => void
  /** Whether the connection is up, as far as the transport knows. */
  onConnected: (connected: boolean) => void
}

export type Subscribe = (
  lastEventId: string | undefined,
  observer: StreamObserver,
) => { unsubscribe: () => void }

/** Errors that end the reading although they are `retryable`: another subscription would not help. */
const FINAL: ReadonlySet<ErrorCode> = new Set(['CONNECTION_LOST', 'CLIENT_FAILED'])

/** Time without a connection after which the connection is reported as lost. */
const RECONNECT_FOR_MS = 60_000

/**
 * Reads a generation up to its `finished` event. Each event is yielded exactly once. tRPC's link reconnects a dropped
 * socket and resumes the subscription after `lastEventId`; this opens a new one where a subscription ended early, and
 * gives up after a minute without a connection.
 *
 * @param subscribe opens one subscription that begins after a position
 * @throws {ChatError} when the API refuses, or when there is no connection for a minute
 * @throws the signal's reason when it fires
 */
export async function* resumingStream(
  subscribe: Subscribe,
  lastEventId: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<GenerationEvent, void, undefined> {
  let last = lastEventId
  let lostAt: number | undefined
  let attempt = 0
  for (;;) {
    signal?.throwIfAborted()
    const reading = new Reading(subscribe, last, lostAt, signal)
    try {
      for (let event = await reading.next(); event !== null; event = await reading.next()) {
        attempt = 0
        lostAt = undefined
        last = event.id
        yield event.data
        if (event.data.type === 'finished') return
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      const failure = toChatError(error)
      if (!failure.retryable || FINAL.has(failure.code)) throw failure
    } finally {
      reading.close()
    }
    // The subscription ended without `finished`: the transport was switched, or the server went away.
    lostAt ??= performance.now()
    await pause(Math.min(100 * 2 ** attempt, 5_000), signal)
    // oxlint-disable-next-line no-useless-assignment -- the rule does not see the next iteration
    attempt++
  }
}

/** One subscription whose callbacks fill a queue, from which the reader takes at its own pace. */
class Reading {
  readonly #queue: TrackedEvent[] = []
  readonly #subscription: { unsubscribe: () => void }
  readonly #signal: AbortSignal | undefined
  #ended = false
  #failure: unknown
  #wake: (() => void) | undefined
  #lostTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    subscribe: Subscribe,
    lastEventId: string | undefined,
    lostAt: number | undefined,
    signal: AbortSignal | undefined,
  ) {
    this.#signal = signal
    signal?.addEventListener('abort', this.#onAbort)
    this.#watch(lostAt ?? performance.now())
    this.#subscription = subscribe(lastEventId, {
      onData: (event) => {
        this.#queue.push(event)
        this.#wake?.()
      },
      onError: (error) => this.#end(error),
      onComplete: () => this.#end(undefined),
      onConnected: (connected) => {
        if (connected) this.#unwatch()
        else if (this.#lostTimer === undefined) this.#watch(performance.now())
      },
    })
  }

  /** The next event, `null` at the end. @throws what the subscription failed with */
  async next(): Promise<TrackedEvent | null> {
    for (;;) {
      const event = this.#queue.shift()
      if (event !== undefined) return event
      if (this.#ended) {
        if (this.#failure !== undefined) throw toError(this.#failure)
        return null
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  close(): void {
    this.#unwatch()
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#subscription.unsubscribe()
  }

  readonly #onAbort = (): void => this.#end(this.#signal?.reason)

  #end(failure: unknown): void {
    this.#ended = true
    this.#failure ??= failure
    this.#wake?.()
  }

  #watch(since: number): void {
    const left = RECONNECT_FOR_MS - (performance.now() - since)
    this.#lostTimer = setTimeout(() => {
      const message = `The connection to the chat server was lost and did not return within ${RECONNECT_FOR_MS / 1000} s.`
      this.#end(new ChatError(message, { code: 'CONNECTION_LOST', retryable: true }))
    }, left)
  }

  #unwatch(): void {
    clearTimeout(this.#lostTimer)
    this.#lostTimer = undefined
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

const toError = (failure: unknown): Error => (failure instanceof Error ? failure : toChatError(failure))
