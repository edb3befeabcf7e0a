import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadScenario, type LoadedScenario } from '../load.ts'
import { ScenarioProblem } from '../../problems/scenario-problem.ts'
import type { ShortForms } from '../short-form.ts'

/** A temporary file to which a test writes scenarios. */
export class ScenarioFile implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'scenario-'))
  readonly path = join(this.folder, 'mine.yaml')

  load(yaml: string, ...sets: readonly string[]): LoadedScenario {
    return this.loadShort(yaml, {}, ...sets)
  }

  loadShort(yaml: string, short: ShortForms, ...sets: readonly string[]): LoadedScenario {
    writeFileSync(this.path, yaml)
    return loadScenario(this.path, sets, short)
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true })
  }
}

/** The ScenarioProblem that `make` throws. */
export function problemOf(make: () => unknown): ScenarioProblem {
  try {
    make()
  } catch (error) {
    if (error instanceof ScenarioProblem) return error
    throw error
  }
  throw new Error('nothing was wrong')
}

/** A scenario with only the keys that it must have. */
export const EXECUTOR = 'executor: { type: constant-vus, users: 2, duration: 20s }'
export const MINIMAL = `name: mine\n${EXECUTOR}\n`
