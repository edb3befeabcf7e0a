import { resolve } from 'node:path'
import { parseDocument } from 'yaml'
import type { Finding } from '../problems/scenario-problem.ts'

/** A flag that changes the scenario, such as `--set path=value`, in its parts. */
export interface Override {
  /** The flag with its value, as it was written. */
  readonly source: string
  /** Its value. */
  readonly text: string
  readonly path: readonly string[]
}

type Container = Record<string, unknown>

/**
 * Applies `path=value` overrides to a scenario as written, in order. A path is made of keys and list indexes
 * (the index after the last appends). The value is YAML; an empty one removes what is there. A trace's file
 * is relative to the working directory here.
 */
export function override(scenario: Container, sets: readonly string[], findings: Finding[]): Override[] {
  return sets.flatMap((text) => {
    const equals = text.indexOf('=')
    const path = text.slice(0, Math.max(equals, 0)).trim().split('.')
    const report = (message: string) => {
      findings.push({ path: path.join('.'), message, source: `--set ${text}`, line: undefined })
      return []
    }
    if (equals < 0) return report('expected path=value')
    if (path.some((step) => step === '' || step === '__proto__')) return report('is not a path')
    const document = parseDocument(text.slice(equals + 1))
    const [error] = document.errors
    if (error !== undefined) return report(`the value is not YAML: ${error.message.split('\n')[0] ?? ''}`)
    let value: unknown = document.toJS()
    if (path.join('.') === 'executor.file' && typeof value === 'string') value = resolve(value)
    const problem = put(scenario, path, value ?? undefined)
    return problem === undefined ? [{ source: `--set ${text}`, text, path }] : report(problem)
  })
}

/** Sets the value at a path; `undefined` removes it. Returns the reason if it cannot. */
function put(root: Container, path: readonly string[], value: unknown): string | undefined {
  let container: unknown = root
  for (const [depth, step] of path.entries()) {
    const here = path.slice(0, depth).join('.')
    if (typeof container !== 'object' || container === null) return `${here} is a value and has no parts`
    if (Array.isArray(container) && !(/^\d+$/.test(step) && Number(step) <= container.length))
      return `${here} is a list of ${container.length}: ${step} is no index of it`
    const inside = container as Container
    if (depth === path.length - 1) {
      if (value !== undefined) inside[step] = value
      else if (Array.isArray(container)) container.splice(Number(step), 1)
      else Reflect.deleteProperty(inside, step)
      return undefined
    }
    if (!Object.hasOwn(inside, step) || inside[step] === null) inside[step] = {}
    container = inside[step]
  }
  return undefined
}
