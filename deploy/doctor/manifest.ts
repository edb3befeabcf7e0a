import { type Document, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml'
import { type Key, at, list, record, text } from './value.ts'

/** A Kubernetes object, a rule file or a dashboard, with the place that it was read from. */
export interface Manifest {
  readonly kind: string
  readonly apiVersion: string
  readonly name: string
  readonly namespace: string
  readonly labels: Readonly<Record<string, unknown>>
  readonly annotations: Readonly<Record<string, unknown>>
  readonly value: unknown
  /** Place of a field, as `FILE:LINE`; for a missing field, that of the nearest field around it. */
  place(path: readonly Key[]): string
}

/** A file that does not parse as YAML. */
export class UnreadableFile extends Error {}

/** Reads the documents of a YAML or JSON file. Documents that are no manifests are skipped, and lists are expanded. */
export function readManifests(source: string, path: string): Manifest[] {
  const lines = new LineCounter()
  return parseAllDocuments(source, { lineCounter: lines }).flatMap((document) => {
    const [error] = document.errors
    if (error !== undefined) throw new UnreadableFile(`${path}: ${error.message.split('\n')[0] ?? ''}`)
    return open(document.toJS() as unknown, [], (field) => `${path}:${lineOf(document, field, lines)}`)
  })
}

/** Makes manifests of what a cluster's API returned: one object, or the items of a list. */
export function fromCluster(value: unknown, kind: string, apiVersion: string): Manifest[] {
  // The API leaves kind and apiVersion out of a list's items.
  const whole = 'items' in record(value) ? list(value, 'items') : [value]
  return whole.flatMap((item) => open({ apiVersion, kind, ...record(item) }, [], () => 'cluster'))
}

function open(value: unknown, prefix: readonly Key[], place: Manifest['place']): Manifest[] {
  const kind = text(value, 'kind') ?? loneKind(value)
  if (kind === undefined) return []
  if (kind === 'List')
    return list(value, 'items').flatMap((item, index) => open(item, [...prefix, 'items', index], place))
  return [
    {
      kind,
      apiVersion: text(value, 'apiVersion') ?? '',
      name: text(value, 'metadata', 'name') ?? text(value, 'metadata', 'generateName') ?? '',
      namespace: text(value, 'metadata', 'namespace') ?? 'default',
      labels: record(value, 'metadata', 'labels'),
      annotations: record(value, 'metadata', 'annotations'),
      value,
      place: (path) => place([...prefix, ...path]),
    },
  ]
}

/** Kind of a document without one: Prometheus' rule files and Grafana's dashboards have none. */
function loneKind(value: unknown): string | undefined {
  if (Array.isArray(at(value, 'groups'))) return 'RuleFile'
  return Array.isArray(at(value, 'panels')) ? 'Dashboard' : undefined
}

/** The line of the deepest existing field on a path. */
function lineOf(document: Document, path: readonly Key[], lines: LineCounter): number {
  let node: unknown = document.contents
  let offset = isMap(node) || isSeq(node) ? (node.range?.[0] ?? 0) : 0
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
      if (pair === undefined) break
      offset = (isScalar(pair.key) ? pair.key.range?.[0] : undefined) ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(key)]
      if (isMap(node) || isScalar(node) || isSeq(node)) offset = node.range?.[0] ?? offset
    } else break
  }
  return lines.linePos(offset).line
}
