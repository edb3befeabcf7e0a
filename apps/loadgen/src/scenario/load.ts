import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { LineCounter, isMap, isNode, isScalar, parseDocument, type Document } from 'yaml'
import { checkScenario, type Fault } from './findings.ts'
import { nearest } from './nearest.ts'
import { override, type Override } from './override.ts'
import { ScenarioProblem, type Finding } from '../problems/scenario-problem.ts'
import type { Scenario } from './scenario.ts'
import { applyShortForms, type ShortForms } from './short-form.ts'
import { shippedFile, shippedScenarios } from './shipped.ts'

/** A scenario, and where it was read. */
export interface LoadedScenario {
  readonly scenario: Scenario
  /** Absolute path of its file. */
  readonly source: string
  /** What the scenario's paths are relative to. */
  readonly directory: string
}

/**
 * Reads a scenario that ships, by its name, or a YAML file, by its path, and applies `--set` overrides and
 * their short forms to it.
 * @throws ScenarioProblem with everything that is wrong, each with its path and its line or flag
 */
export function loadScenario(
  nameOrPath: string,
  sets: readonly string[] = [],
  short: ShortForms = {},
): LoadedScenario {
  const source = sourceOf(nameOrPath)
  const lines = new LineCounter()
  const document = parseDocument(read(nameOrPath, source), { lineCounter: lines, prettyErrors: false })
  const findings: Finding[] = document.errors.map(({ message, pos }) => ({
    path: '',
    message: `not YAML: ${message}`,
    source: nameOrPath,
    line: lines.linePos(pos[0]).line,
  }))
  if (findings.length > 0) throw new ScenarioProblem(findings)
  const written = plainMap(document, nameOrPath)
  if (written === undefined)
    throw new ScenarioProblem([
      { path: '', message: 'expected a map of keys and values', source: nameOrPath, line: 1 },
    ])
  const applied = override(written, sets, findings)
  const overrides = [...applied, ...applyShortForms(written, short, applied, findings)]
  const result = checkScenario(written)
  if ('faults' in result)
    findings.push(
      ...result.faults.map((fault) => ({
        path: fault.path.join('.'),
        message: fault.message,
        ...origin(fault, overrides, document, lines, nameOrPath),
      })),
    )
  if (findings.length > 0 || 'faults' in result) throw new ScenarioProblem(findings)
  return { scenario: result.scenario, source, directory: dirname(source) }
}

function sourceOf(nameOrPath: string): string {
  if (shippedScenarios().includes(nameOrPath)) return shippedFile(nameOrPath)
  return resolve(nameOrPath)
}

function read(nameOrPath: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error'
    const asPath = /[/\\]|\.ya?ml$|\.json$/.test(nameOrPath) || existsSync(path)
    const message = asPath ? `cannot be read (${code})` : `no scenario of that name. ${known(nameOrPath)}`
    throw new ScenarioProblem([{ path: '', message, source: nameOrPath, line: undefined }])
  }
}

function known(name: string): string {
  const names = shippedScenarios()
  const near = nearest(name, names)
  const hint = near === undefined ? '' : `Did you mean ${near}? `
  return `${hint}These ship: ${names.join(', ')}; anything else is a path such as ./${name}.yaml`
}

function plainMap(document: Document, source: string): Record<string, unknown> | undefined {
  if (!isMap(document.contents)) return undefined
  try {
    return document.toJS() as Record<string, unknown>
  } catch (error) {
    // Aliases are resolved here: they may point to nothing, or expand to more than any scenario has.
    const message = error instanceof Error ? error.message : String(error)
    throw new ScenarioProblem([{ path: '', message, source, line: undefined }])
  }
}

/** Whether a fault comes from the file or from a flag, and its line in the file. */
function origin(
  { path, onKey }: Fault,
  overrides: readonly Override[],
  document: Document,
  lines: LineCounter,
  file: string,
): Pick<Finding, 'source' | 'line'> {
  const within = (inner: readonly PropertyKey[], outer: readonly PropertyKey[]) =>
    outer.length <= inner.length && outer.every((step, depth) => String(inner[depth]) === String(step))
  const set =
    overrides.findLast((one) => within(path, one.path)) ?? overrides.findLast((one) => within(one.path, path))
  if (set !== undefined) return { source: set.source, line: undefined }
  const offset = offsetOf(document, path, onKey)
  return { source: file, line: offset === undefined ? undefined : lines.linePos(offset).line }
}

/** Where a key or a value begins in the file; if it is missing, where its parent begins. */
function offsetOf(document: Document, path: readonly PropertyKey[], onKey: boolean): number | undefined {
  const parent = document.getIn(path.slice(0, -1), true)
  const own = document.getIn(path, true)
  if (isMap(parent) && (onKey || own !== undefined)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)))
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0]
  }
  if (isNode(own)) return own.range?.[0]
  return path.length === 0 ? undefined : offsetOf(document, path.slice(0, -1), false)
}
