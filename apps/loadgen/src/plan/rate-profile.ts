interface Segment {
  readonly fromMs: number
  readonly untilMs: number
  /** Rates per second at the two ends; in between the rate is linear. */
  readonly fromRate: number
  readonly untilRate: number
  /** Expected arrivals before the segment, and by its end. */
  readonly before: number
  readonly after: number
}

/** A piecewise linear rate over time, and its integral: the expected number of arrivals by a moment. */
export class RateProfile {
  readonly #segments: Segment[] = []
  #durationMs = 0
  #total = 0

  static constant(rate: number, durationMs: number): RateProfile {
    return new RateProfile(rate, [{ duration: durationMs, rate }])
  }

  /**
   * Rates are arrivals a second, durations milliseconds. In each stage the rate changes linearly to the stage's rate.
   */
  constructor(startRate: number, stages: readonly { readonly duration: number; readonly rate: number }[]) {
    let rate = startRate
    for (const stage of stages) {
      const after = this.#total + ((rate + stage.rate) / 2) * (stage.duration / 1000)
      this.#segments.push({
        fromMs: this.#durationMs,
        untilMs: this.#durationMs + stage.duration,
        fromRate: rate,
        untilRate: stage.rate,
        before: this.#total,
        after,
      })
      this.#durationMs += stage.duration
      this.#total = after
      rate = stage.rate
    }
  }

  get durationMs(): number {
    return this.#durationMs
  }

  /** Expected number of arrivals from the start to a moment. */
  expectedBy(ms: number): number {
    const segment = this.#segments.find(({ untilMs }) => ms < untilMs)
    if (segment === undefined) return this.#total
    const seconds = (ms - segment.fromMs) / 1000
    return segment.before + segment.fromRate * seconds + (slope(segment) * seconds ** 2) / 2
  }

  /** The moment by which `expected` arrivals are due: the inverse of `expectedBy`. `undefined` after the end. */
  timeOf(expected: number): number | undefined {
    const segment = this.#segments.find(({ after }) => expected < after)
    if (segment === undefined) return undefined
    const rest = expected - segment.before
    if (rest <= 0) return segment.fromMs
    // The root of rate·t + slope·t²/2 = rest, in the form that loses no digits when the slope is small.
    const root = Math.sqrt(Math.max(0, segment.fromRate ** 2 + 2 * slope(segment) * rest))
    return segment.fromMs + (1000 * 2 * rest) / (segment.fromRate + root)
  }
}

/** Change of the rate per second: arrivals per second squared. */
const slope = ({ fromMs, untilMs, fromRate, untilRate }: Segment) =>
  (untilRate - fromRate) / ((untilMs - fromMs) / 1000)
