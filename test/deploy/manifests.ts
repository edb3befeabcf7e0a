import { parseAllDocuments } from 'yaml'

/** A Kubernetes object. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly namespace: string
  readonly value: unknown
}

export interface Container {
  readonly value: unknown
}

/** A Kubernetes object that makes pods. */
export interface Workload {
  readonly manifest: Manifest
  /** The pod's specification. */
  readonly spec: unknown
  readonly labels: Readonly<Record<string, unknown>>
  readonly containers: readonly Container[]
}

/** The value at a path, or undefined. */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<string | number, unknown>)[key]
        : undefined,
    value,
  )

/** The items of the list at a path, or none. */
export function list(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The string at a path, or a number or boolean as a manifest writes it. */
export function text(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path)
  return ['string', 'number', 'boolean'].includes(typeof found) ? String(found) : undefined
}

/** The mapping at a path, or an empty one. */
export function record(
  value: unknown,
  ...path: readonly (string | number)[]
): Readonly<Record<string, unknown>> {
  const found = at(value, ...path)
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {}
}

export function readManifests(source: string): Manifest[] {
  return parseAllDocuments(source).flatMap((document) => {
    const value: unknown = document.toJS()
    const kind = text(value, 'kind')
    if (kind === undefined) return []
    const name = text(value, 'metadata', 'name') ?? ''
    const namespace = text(value, 'metadata', 'namespace') ?? 'default'
    return [{ apiVersion: text(value, 'apiVersion') ?? '', kind, name, namespace, value }]
  })
}

export const ofKind = (manifests: readonly Manifest[], ...kinds: readonly string[]): Manifest[] =>
  manifests.filter(({ kind }) => kinds.includes(kind))

export const workloads = (manifests: readonly Manifest[]): Workload[] =>
  ofKind(manifests, 'Deployment', 'Job').map((manifest) => {
    const spec = at(manifest.value, 'spec', 'template', 'spec')
    return {
      manifest,
      spec,
      labels: record(manifest.value, 'spec', 'template', 'metadata', 'labels'),
      containers: list(spec, 'containers').map((value) => ({ value })),
    }
  })

/** Whether a selector matches labels. An empty selector matches all. */
export const selects = (selector: unknown, labels: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(record(selector, 'matchLabels')).every(([key, value]) => labels[key] === value)
