/** Something that the command line names cannot be used, such as a file: exit code 78. */
export class InputProblem extends Error {
  declare private readonly brand: never
  /** @param what the file or the flag to correct */
  constructor(what: string, message: string, cause?: unknown) {
    super(`${what}: ${message}`, { cause })
    this.name = 'InputProblem'
  }
}
