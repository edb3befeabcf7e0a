import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { InputProblem } from '../problems/input-problem.ts'

const MAX_RUNS_A_MINUTE = 1_000

/**
 * Creates the folder for a run's files; nothing that exists is ever overwritten.
 * @param out the value of `--out`: a folder that does not exist yet, or is empty. Default:
 * `runs/<date>-<time>-<name>`
 * @throws InputProblem if it is not empty, or cannot be created
 */
export function createFolder(out: string | undefined, name: string, now: Date): string {
  try {
    return out === undefined ? nextFree(join('runs', `${timestamp(now)}-${name}`)) : given(out)
  } catch (error) {
    if (error instanceof InputProblem) throw error
    throw new InputProblem('--out', `cannot be made (${(error as Error).message})`, error)
  }
}

function given(out: string): string {
  makeFolders(resolve(out))
  if (readdirSync(out).length > 0)
    throw new InputProblem('--out', `${out} is not empty, and nothing is written over; name another folder`)
  return out
}

/** Does not use `recursive`: under `/proc`, where no folder can be created, Node would try for ever. */
function makeFolders(path: string): void {
  if (existsSync(path)) return
  makeFolders(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** `mkdir` fails if the folder exists, so that two runs that begin at the same time get one each. */
function nextFree(wanted: string): string {
  makeFolders(resolve(dirname(wanted)))
  for (let number = 1; number <= MAX_RUNS_A_MINUTE; number++) {
    const folder = number === 1 ? wanted : `${wanted}-${number}`
    try {
      mkdirSync(folder)
      return folder
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  throw new InputProblem('--out', `${wanted} and ${MAX_RUNS_A_MINUTE} others exist; name a folder`)
}

/** Local time, such as `2026-01-31-1405`. */
function timestamp(now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-')
  return `${day}-${two(now.getHours())}${two(now.getMinutes())}`
}
