/** `undefined` means that some conversation changed, without saying which. */
type Listener = (conversationId: string | undefined) => void

/**
 * Reports what other tabs, devices and programs do to the conversations. Tabs of this browser tell each other at once;
 * all other changes show in the revision that comes with the system's status. A hidden page is told when it is visible
 * again.
 */
export class ChangesElsewhere {
  readonly #listeners = new Set<Listener>()
  #channel: BroadcastChannel | undefined
  #revision: number | undefined
  /** Changes since that revision that this page made or was told about. */
  #known = 0
  #missed = false

  /** Starts listening to other tabs. Returns the function that ends it. */
  start(): () => void {
    if ('BroadcastChannel' in globalThis) {
      this.#channel = new BroadcastChannel('slicechat:conversations')
      this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
        this.#known++
        this.#notify(typeof data === 'string' ? data : undefined)
      }
    }
    const look = () => {
      if (document.hidden || !this.#missed) return
      this.#missed = false
      this.#notify(undefined)
    }
    document.addEventListener('visibilitychange', look)
    return () => {
      document.removeEventListener('visibilitychange', look)
      this.#channel?.close()
    }
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Tells the other tabs that this page has changed a conversation. */
  made(conversationId: string): void {
    this.#known++
    this.#channel?.postMessage(conversationId)
  }

  /** @param revision the API's count of changes; changes beyond the known ones were made elsewhere */
  saw(revision: number): void {
    const isKnown = this.#revision === undefined || revision === this.#revision + this.#known
    this.#revision = revision
    this.#known = 0
    if (!isKnown) this.#notify(undefined)
  }

  #notify(conversationId: string | undefined): void {
    if (document.hidden) this.#missed = true
    else for (const listener of this.#listeners) listener(conversationId)
  }
}
