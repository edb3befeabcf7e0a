import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseRun, type Run, RunProblem } from '@slicechat/run'

/**
 * Reads runs from their folders, or from their `run.json`.
 * @throws RunProblem with what is wrong with each of them
 */
export function readRuns(paths: readonly string[]): Run[] {
  const problems: string[] = []
  const runs = paths.flatMap((path) => {
    try {
      const file = statSync(path).isDirectory() ? join(path, 'run.json') : path
      return [parseRun(readFileSync(file, 'utf8'))]
    } catch (error) {
      if (error instanceof RunProblem)
        problems.push(...error.problems.map((problem) => `${path}: ${problem}`))
      else problems.push(`${path}: cannot be read (${(error as Error).message})`)
      return []
    }
  })
  if (problems.length > 0) throw new RunProblem(problems)
  return runs
}
