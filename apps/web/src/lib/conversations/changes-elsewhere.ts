/** `undefined`: some conversation, nobody knows which. */
type Listener = (conversationId: string | undefined) => void

/**
 * What other tabs, devices and programs do to the conversations. Tabs of this browser tell each other at once; of the
 * rest the revision tells that comes with the system's status. A hidden page hears of it when it is looked at again.
 */
export class ChangesElsewhere {
  readonly #listeners = new Set<Listener>()
  #channel: BroadcastChannel | undefined
  #revision: number | undefined
  /** Changes since that revision that this page made or has heard of. */
  #known = 0
  #missed = false

  /** Begins to hear other tabs. Returns how to end it. */
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

  /** This page has changed a conversation: the other tabs want to know. */
  made(conversationId: string): void {
    this.#known++
    this.#channel?.postMessage(conversationId)
  }

  /** @param revision the API's count of changes; more than are known here were made elsewhere */
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
