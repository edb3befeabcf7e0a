/** Limits on the values of one label. */
export interface BoundedLabelOptions {
  /** The value that replaces every value that is not admitted. */
  readonly other: string
  /** Values that match become known when first seen; without it only `add` makes a value known. */
  readonly admits?: RegExp
  /** Most values that can be known before `admits` stops adding more, `other` included. */
  readonly max?: number
}

/** Keeps a label to a bounded set of values, because Prometheus keeps a time series for weeks for every new one. */
export class BoundedLabel {
  readonly #known = new Set<string>()
  readonly #options: BoundedLabelOptions

  constructor(options: BoundedLabelOptions) {
    this.#options = options
    this.#known.add(options.other)
  }

  /** Makes a value known. @returns whether it was new */
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
