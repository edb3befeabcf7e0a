import type { LoadFlag } from '../executors/executor-type.ts'
import { executorTypeNamed } from '../executors/executors.ts'
import type { Override } from './override.ts'
import type { Finding } from '../problems/scenario-problem.ts'

/** Values of flags such as `--users 5`, which is short for `--set executor.users=5`; as text. */
export type ShortForms = Partial<Readonly<Record<LoadFlag, string>>>

/** Applies short forms to a scenario as written, after its `--set`s, which can replace the executor. */
export function applyShortForms(
  written: Record<string, unknown>,
  forms: ShortForms,
  sets: readonly Override[],
  findings: Finding[],
): Override[] {
  const executor = written['executor'] as Record<string, unknown> | null | undefined
  // The schema reports what is wrong with it.
  if (typeof executor !== 'object' || executor === null) return []
  return Object.entries(forms).flatMap(([name, value]) => {
    const source = `--${name} ${value}`
    const path = ['executor', name]
    // The schema reports a type that there is not.
    const instead = executorTypeNamed(executor['type'])?.loadFlags[name as LoadFlag]
    const twice = sets.find((set) => set.path.join('.') === path.join('.'))
    let message: string | undefined
    if (twice !== undefined) message = `is given twice: by --${name} and by --set ${twice.text}`
    else if (typeof instead === 'string') message = `${String(executor['type'])} has none: ${instead}`
    if (message !== undefined) {
      findings.push({ path: path.join('.'), message, source, line: undefined })
      return []
    }
    executor[name] = name === 'duration' ? value : Number(value)
    return [{ source, text: value, path }]
  })
}
