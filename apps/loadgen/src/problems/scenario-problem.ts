/** One thing that is wrong with a scenario. */
export interface Finding {
  /** Where in the scenario, such as `executor.stages.1.users`; '' for the whole of it. */
  readonly path: string
  readonly message: string
  /** The scenario's file, a file that it names, or a flag. */
  readonly source: string
  /** Line of `source`, from 1. */
  readonly line: number | undefined
}

/** A scenario that cannot be run, with everything that is wrong with it: bad configuration, exit code 78. */
export class ScenarioProblem extends Error {
  declare private readonly brand: never
  readonly findings: readonly Finding[]

  constructor(findings: readonly Finding[]) {
    super(findings.map(written).join('\n'))
    this.name = 'ScenarioProblem'
    this.findings = findings
  }
}

function written({ path, message, source, line }: Finding): string {
  const place = line === undefined ? source : `${source}:${line}`
  return [place, path, message].filter((part) => part !== '').join(': ')
}
