/** Something that a page fetches, and fetches again after a change. */
export class Resource<T> {
  readonly #fetch: () => Promise<T>
  #latest = 0
  #value = $state.raw<T>()
  #failure = $state.raw<unknown>()

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch
  }

  /** `undefined` until it has arrived once. */
  get value(): T | undefined {
    return this.#value
  }
  /** Why the last fetch failed; `undefined` if it did not. */
  get failure(): unknown {
    return this.#failure
  }

  readonly refresh = async (): Promise<void> => {
    const call = ++this.#latest
    try {
      const value = await this.#fetch()
      if (call !== this.#latest) return
      this.#value = value
      this.#failure = undefined
    } catch (error) {
      if (call === this.#latest) this.#failure = error
    }
  }
}
