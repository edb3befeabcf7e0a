import { z } from 'zod'
import { contradictions } from './consistency.ts'
import { nearest } from './nearest.ts'
import { type Scenario, scenarioObject } from './parts.ts'
import { scenarioSchema } from './scenario.ts'
import { allKeys, keysAt } from './schema-keys.ts'

/** What is wrong, and where; `onKey`: the key at the path's end is wrong, not its value. */
export interface Fault {
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly onKey: boolean
}

type Issue = z.core.$ZodIssue

/** Checks a scenario as it is written. */
export function checkScenario(value: unknown): { scenario: Scenario } | { faults: Fault[] } {
  const result = scenarioSchema.safeParse(value)
  if (result.success) return { scenario: result.data }
  const faults = result.error.issues.flatMap((issue) => faultsOf(issue, [], value))
  // The schema compares parts with each other only if all of them are valid; a reader wants to know all
  // problems at once.
  const judged = new Set(faults.map(({ path }) => path.join('.')))
  const more = contradictions(validParts(value)).filter(({ path }) => !judged.has(path.join('.')))
  return { faults: [...faults, ...more.map((fault) => ({ ...fault, onKey: false }))] }
}

function validParts(value: unknown): Partial<Scenario> {
  const written = z.record(z.string(), z.unknown()).safeParse(value)
  if (!written.success) return {}
  const parts: Record<string, unknown> = {}
  for (const [key, schema] of Object.entries(scenarioObject.shape)) {
    const part = schema.safeParse(written.data[key])
    if (part.success) parts[key] = part.data
  }
  return parts
}

function faultsOf(issue: Issue, above: readonly PropertyKey[], value: unknown): Fault[] {
  const path = [...above, ...issue.path]
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: unknownKey(path, key, value),
      onKey: true,
    }))
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const meant = issue.errors.find((issues) => !issues.some(isWrongType))
    if (meant !== undefined) return meant.flatMap((inner) => faultsOf(inner, path, value))
    const kinds = issue.errors.flat().filter(isWrongType)
    const expected = kinds.map((kind) => ('expected' in kind ? kind.expected : '')).join(' or ')
    return [{ path, message: missingOr(path, value, `expected ${expected}`), onKey: false }]
  }
  if (issue.code === 'invalid_union' && 'options' in issue) {
    const options = (issue.options as string[]).map(String)
    const given = at(path, value)
    const near = typeof given === 'string' ? nearest(given, options) : undefined
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    return [
      { path, message: missingOr(path, value, `expected one of ${options.join(', ')}`) + hint, onKey: false },
    ]
  }
  if (issue.code === 'custom') return [{ path, message: issue.message, onKey: false }]
  const message = issue.message.replace(/^Invalid input: /, '').replace(/^./, (first) => first.toLowerCase())
  return [{ path, message: missingOr(path, value, message), onKey: false }]
}

const isWrongType = (issue: Issue) => issue.code === 'invalid_type' && issue.path.length === 0

function at(path: readonly PropertyKey[], value: unknown): unknown {
  return path.reduce<unknown>(
    (inner, step) => (inner as Record<PropertyKey, unknown> | undefined)?.[step],
    value,
  )
}

function missingOr(path: readonly PropertyKey[], value: unknown, message: string): string {
  if (path.length === 0 || at(path, value) !== undefined) return message
  return `is missing: ${message.replace(/, received undefined$/, '')}`
}

function unknownKey(path: readonly PropertyKey[], key: string, value: unknown): string {
  const here = keysAt(path, value)
  const near = nearest(key, here)
  if (near !== undefined) return `unknown key; did you mean ${near}?`
  const written = [...path, key].join('.')
  const elsewhere = allKeys().find(
    (full) => full.endsWith(`.${key}`) && full !== written && !full.includes('[]'),
  )
  if (elsewhere !== undefined && !here.includes(key)) return `unknown key here; it belongs at ${elsewhere}`
  return `unknown key; known here: ${here.join(', ')}`
}
