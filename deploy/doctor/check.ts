import type { Manifest } from './manifest.ts'
import type { TextFile, Tree } from './tree.ts'
import type { Key } from './value.ts'

/** A known pitfall and how to detect it. `docs/pitfalls.md` has the same sentences; a test compares them. */
export interface Check {
  /** Name in the output and in the documentation, in kebab-case. */
  readonly id: string
  /** What people see. */
  readonly symptom: string
  readonly cause: string
  readonly fix: string
  /** True if only a running cluster shows the pitfall. */
  readonly live?: true
  find(tree: Tree): Iterable<Hit> | AsyncIterable<Hit>
}

/** One place where a check found its pitfall. */
export interface Hit {
  readonly in: Manifest | TextFile
  /** Path of the field; for a text file, its line number from 1. */
  readonly path: readonly Key[]
  /** What is there and why it is wrong, in one sentence without a full stop. */
  readonly detail: string
}

/** A hit in the form in which it is printed. */
export interface Finding {
  readonly check: string
  /** `KIND NAMESPACE/NAME`, or the path of a file. */
  readonly object: string
  readonly field: string
  /** `FILE:LINE`, or `cluster`. */
  readonly place: string
  readonly detail: string
  readonly symptom: string
  readonly cause: string
  readonly fix: string
}

/** Runs checks over a tree, in their order. Checks that need a cluster are skipped without one. */
export async function examine(tree: Tree, checks: readonly Check[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const check of checks) {
    if (check.live && tree.cluster === undefined) continue
    for await (const hit of check.find(tree)) findings.push(toFinding(check, hit))
  }
  return findings
}

function toFinding({ id, symptom, cause, fix }: Check, { in: where, path, detail }: Hit): Finding {
  const [object, field, place] =
    'text' in where
      ? [where.path, `line ${String(path[0])}`, `${where.path}:${String(path[0])}`]
      : [nameOf(where), fieldOf(path), where.place(path)]
  return { check: id, object, field, place, detail, symptom, cause, fix }
}

function nameOf({ kind, namespace, name }: Manifest): string {
  return name === '' ? kind : `${kind} ${namespace}/${name}`
}

function fieldOf(path: readonly Key[]): string {
  return path.reduce<string>((field, key) => {
    if (typeof key === 'number') return `${field}[${key}]`
    if (/[./]/.test(key)) return `${field}["${key}"]`
    return field === '' ? key : `${field}.${key}`
  }, '')
}
