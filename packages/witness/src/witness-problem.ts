/** A witness that was asked for cannot be used: its page or Prometheus does not answer, or has nothing that is read. */
export class WitnessProblem extends Error {
  declare private readonly brand: never
  /** @param what the flag or the file to correct */
  constructor(what: string, message: string, cause?: unknown) {
    super(`${what}: ${message}`, { cause })
    this.name = 'WitnessProblem'
  }
}
