/** A target that cannot be used as given; found before any load is sent. */
export class TargetProblem extends Error {
  declare private readonly brand: never
  /** The flag to correct, such as `--target`. */
  readonly flag: string

  constructor(flag: string, message: string, cause?: unknown) {
    super(`${flag}: ${message}`, { cause })
    this.name = 'TargetProblem'
    this.flag = flag
  }
}
