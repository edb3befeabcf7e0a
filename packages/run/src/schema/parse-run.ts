import { LatencyHistogram } from '../histogram/latency-histogram.ts'
import type { Run } from './run.ts'
import { RUN_SCHEMA, runSchema } from './run.ts'

/** The file is no run; `problems` names each problem by its path. */
export class RunProblem extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** Most problems that are listed; a file of another kind has thousands. */
const MAX_PROBLEMS = 20

/**
 * Reads and checks the text of a `run.json`, including the histograms in it.
 * @throws {RunProblem} with the path of everything that is wrong, or the name of the version that it cannot read
 */
export function parseRun(text: string): Run {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new RunProblem([`not JSON: ${error instanceof Error ? error.message : String(error)}`])
  }
  const { schema } = (json ?? {}) as { schema?: unknown }
  if (typeof schema !== 'string')
    throw new RunProblem(['schema: missing; this is not the run.json of a load test'])
  if (schema !== RUN_SCHEMA)
    throw new RunProblem([`schema: the file is ${schema}, and this version reads ${RUN_SCHEMA}`])
  const parsed = runSchema.safeParse(json)
  if (!parsed.success)
    throw new RunProblem(
      parsed.error.issues.slice(0, MAX_PROBLEMS).map(({ path, message }) => `${pathText(path)}: ${message}`),
    )
  const broken = brokenHistograms(parsed.data)
  if (broken.length > 0)
    throw new RunProblem(broken.slice(0, MAX_PROBLEMS).map((path) => `${path}: not a histogram`))
  return parsed.data
}

const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')

const brokenHistograms = (run: Run): string[] =>
  encodedHistograms(run).flatMap(([path, encoded]) => (isHistogram(encoded) ? [] : [path]))

/** Every encoded histogram of a run, with its path. */
export function encodedHistograms({ whole, steadyTally, intervals }: Run): [path: string, encoded: string][] {
  const tallies = Object.entries({ whole, steadyTally }).flatMap(([name, { latencies }]) =>
    Object.entries(latencies).map(([key, encoded]) => [`${name}.latencies.${key}`, encoded] as const),
  )
  const within = intervals.flatMap(({ ttft, gap }, index) => [
    [`intervals[${index}].ttft`, ttft] as const,
    [`intervals[${index}].gap`, gap] as const,
  ])
  return [...tallies, ...within].flatMap(([path, encoded]) => (encoded === null ? [] : [[path, encoded]]))
}

function isHistogram(encoded: string): boolean {
  try {
    LatencyHistogram.decode(encoded)
    return true
  } catch {
    return false
  }
}
