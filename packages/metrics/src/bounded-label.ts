/** What a label may say. */
export interface BoundedLabelOptions {
  /** The value that stands for all that is not admitted. */
  readonly other: string
  /** Values of this shape become known when first seen; without it only `add` makes a value known. */
  readonly admits?: RegExp
  /** How many values there may be in all before `admits` lets no more in. */
  readonly max?: number
}

/** Keeps a label to a bounded set of values: every new one is a time series that Prometheus keeps for weeks. */
export class BoundedLabel {
  readonly #known = new Set<string>()
  readonly #options: BoundedLabelOptions

  constructor(options: BoundedLabelOptions) {
    this.#options = options
    this.#known.add(options.other)
  }

  /** Makes a value known; false when it was already. */
  add(value: string): boolean {
    if (this.#known.has(value)) return false
    this.#known.add(value)
    return true
  }

  /** The value itself when it is known or admitted, else `other`. */
  value(value: string): string {
    if (this.#known.has(value)) return value
    const { other, admits, max = Number.POSITIVE_INFINITY } = this.#options
    if (!admits?.test(value) || this.#known.size >= max) return other
    this.#known.add(value)
    return value
  }
}
