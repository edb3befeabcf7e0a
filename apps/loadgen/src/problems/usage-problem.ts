/** A command line that cannot be understood, with everything that is wrong with it: exit code 64. */
export class UsageProblem extends Error {
  declare private readonly brand: never
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'UsageProblem'
    this.problems = problems
  }
}
