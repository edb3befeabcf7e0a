import { type ChatClient, type SystemStatus, toChatError } from '@slicechat/client'

interface StatusPort {
  api: { system: Pick<ChatClient['api']['system'], 'status'> }
}

export interface StatusEvents {
  onStatus: (status: SystemStatus) => void
  onRecovered: () => void
  /** The server answers, but not to somebody whom it does not know. */
  onRefused: () => void
}

const EVERY_MS = 15_000
/** Shorter while something is wrong, since people watch for it to end. */
const EVERY_MS_IN_TROUBLE = 4_000

/** `unknown` until the first answer, so that no banner flashes while the page starts. */
export type Health = 'unknown' | 'fine' | 'api-unreachable' | 'store-down' | 'upstream-unreachable'

/** Checks the status of the server regularly while somebody looks at the page. */
export class SystemWatch {
  readonly #client: StatusPort
  readonly #events: StatusEvents
  #status = $state.raw<SystemStatus>()
  #reached = $state<boolean>()
  /** Whether the API could not even look up who asks. */
  #storeIsDown = $state(false)
  #timer: ReturnType<typeof setTimeout> | undefined
  #abort: AbortController | undefined

  readonly health: Health = $derived.by(() => {
    if (this.#reached === undefined) return 'unknown'
    if (!this.#reached) return 'api-unreachable'
    if (this.#storeIsDown || this.#status?.store === 'down') return 'store-down'
    return this.#status?.upstream.reachable === false ? 'upstream-unreachable' : 'fine'
  })

  constructor(client: StatusPort, events: StatusEvents) {
    this.#client = client
    this.#events = events
  }

  get status(): SystemStatus | undefined {
    return this.#status
  }

  /** Starts the checks. Returns the function that ends them. */
  start(): () => void {
    this.#abort = new AbortController()
    const { signal } = this.#abort
    const look = () => {
      if (!document.hidden) void this.#look(signal)
    }
    document.addEventListener('visibilitychange', look, { signal })
    for (const event of ['online', 'offline']) window.addEventListener(event, look, { signal })
    look()
    return () => {
      this.#abort?.abort()
      clearTimeout(this.#timer)
    }
  }

  /** Checks at once, for instance when a call has failed. */
  check(): void {
    if (this.#abort && !this.#abort.signal.aborted) void this.#look(this.#abort.signal)
  }

  async #look(signal: AbortSignal): Promise<void> {
    clearTimeout(this.#timer)
    const before = this.health
    try {
      this.#status = await this.#client.api.system.status.query(undefined, { signal })
      this.#reached = true
      this.#storeIsDown = false
    } catch (error) {
      if (signal.aborted) return
      const { code } = toChatError(error)
      this.#storeIsDown = code === 'STORE_UNAVAILABLE'
      this.#reached = code === 'UNAUTHENTICATED' ? undefined : this.#storeIsDown
      if (code === 'UNAUTHENTICATED') this.#events.onRefused()
    }
    clearTimeout(this.#timer)
    const pause = this.health === 'fine' ? EVERY_MS : EVERY_MS_IN_TROUBLE
    this.#timer = setTimeout(() => {
      if (!document.hidden) void this.#look(signal)
    }, pause)
    if (this.health === 'fine' && before !== 'fine') this.#events.onRecovered()
    if (this.#reached && !this.#storeIsDown && this.#status) this.#events.onStatus(this.#status)
  }
}
