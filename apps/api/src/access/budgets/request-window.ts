/** The length of the window that requests are counted in. */
const WINDOW_MS = 60_000

/**
 * The requests of the last minute, as a sliding window log: the time of each request is kept until it is a minute old. So
 * no minute, whenever it begins, holds more requests than the limit. Times come from a monotonic clock, which no change of
 * the machine's time moves.
 */
export class RequestWindow {
  #times: number[] = []
  /** Index of the oldest time that still counts. */
  #oldest = 0

  /** Number of requests in the minute before `now`. */
  used(now: number): number {
    while ((this.#times[this.#oldest] ?? Infinity) <= now - WINDOW_MS) this.#oldest++
    if (this.#oldest > 1_000 && this.#oldest * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#oldest)
      this.#oldest = 0
    }
    return this.#times.length - this.#oldest
  }

  add(now: number): void {
    this.#times.push(now)
  }

  /** Takes back a request that was added at `time`, if it still counts. */
  remove(time: number): void {
    const index = this.#times.lastIndexOf(time)
    if (index >= this.#oldest) this.#times.splice(index, 1)
  }

  /** Milliseconds from `now` until fewer than `count` requests count; 0 if that is so already. */
  fewerIn(now: number, count: number): number {
    const time = this.#times[this.#oldest + this.used(now) - count]
    return this.used(now) < count || time === undefined ? 0 : Math.ceil(time + WINDOW_MS - now)
  }
}
