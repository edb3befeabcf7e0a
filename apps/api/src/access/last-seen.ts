/** Interval at which it is written who has called. */
const WRITE_EVERY_MS = 60_000

/** Remembers who has called, and writes it in batches, so that a call writes nothing. */
export class LastSeen {
  readonly #write: (times: ReadonlyMap<string, string>) => Promise<void>
  readonly #timer: NodeJS.Timeout
  #times = new Map<string, string>()

  /** @param write stores the last call of each id; what it fails to write is dropped */
  constructor(write: (times: ReadonlyMap<string, string>) => Promise<void>) {
    this.#write = write
    this.#timer = setInterval(() => void this.flush().catch(() => {}), WRITE_EVERY_MS).unref()
  }

  seen(id: string): void {
    this.#times.set(id, new Date().toISOString())
  }

  /** Writes what has come together. */
  async flush(): Promise<void> {
    const times = this.#times
    this.#times = new Map()
    await this.#write(times)
  }

  /** Stops writing. What has come together since the last time is written now. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush().catch(() => {})
  }
}
