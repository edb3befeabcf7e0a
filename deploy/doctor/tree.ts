import type { Cluster } from './cluster.ts'
import type { Manifest } from './manifest.ts'
import { type Key, at, list, record, text } from './value.ts'

/** A file that is not a manifest: a systemd unit, a script, a Jenkinsfile, a configuration of ssh. */
export interface TextFile {
  readonly path: string
  readonly text: string
}

/** Everything that is examined together. */
export interface Tree {
  readonly manifests: readonly Manifest[]
  readonly files: readonly TextFile[]
  /** The cluster that the manifests were read from. */
  readonly cluster?: Cluster
}

export interface Container {
  readonly path: readonly Key[]
  readonly name: string
  readonly value: unknown
}

/** A Kubernetes object that makes pods. */
export interface Workload {
  readonly manifest: Manifest
  /** Path of the pod's specification. */
  readonly path: readonly Key[]
  readonly spec: unknown
  /** Labels of its pods. */
  readonly labels: Readonly<Record<string, unknown>>
  readonly containers: readonly Container[]
  readonly initContainers: readonly Container[]
}

export function ofKind(tree: Tree, ...kinds: readonly string[]): Manifest[] {
  return tree.manifests.filter(({ kind }) => kinds.includes(kind))
}

/** Path to the pod in each kind: to the object that has `metadata` and `spec`. */
const pods: Readonly<Record<string, readonly Key[]>> = {
  Pod: [],
  ...Object.fromEntries(
    ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'].map((kind) => [
      kind,
      ['spec', 'template'],
    ]),
  ),
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
}

/** Objects that make pods, without those that another object made. */
export function workloads(tree: Tree): Workload[] {
  return tree.manifests.flatMap((manifest) => {
    const pod = pods[manifest.kind]
    if (pod === undefined || list(manifest.value, 'metadata', 'ownerReferences').length > 0) return []
    const path = [...pod, 'spec']
    const spec = at(manifest.value, ...path)
    const containersAt = (key: string): Container[] =>
      list(spec, key).map((value, index) => ({
        path: [...path, key, index],
        name: text(value, 'name') ?? '',
        value,
      }))
    const labels = record(manifest.value, ...pod, 'metadata', 'labels')
    return {
      manifest,
      path,
      spec,
      labels,
      containers: containersAt('containers'),
      initContainers: containersAt('initContainers'),
    }
  })
}

/** Whether a selector of `matchLabels` and `matchExpressions` matches labels. An empty selector matches all. */
export function selects(selector: unknown, labels: Readonly<Record<string, unknown>>): boolean {
  const has = (key: string): string | undefined => text(labels, bare(key))
  return (
    Object.entries(record(selector, 'matchLabels')).every(([key, value]) => has(key) === text(value)) &&
    list(selector, 'matchExpressions').every((expression) => {
      const found = has(text(expression, 'key') ?? '')
      const listed = list(expression, 'values').some((value) => text(value) === found)
      switch (text(expression, 'operator')) {
        case 'In':
          return listed
        case 'NotIn':
          return !listed
        case 'Exists':
          return found !== undefined
        case 'DoesNotExist':
          return found === undefined
        default:
          return false
      }
    })
  )
}

/** A label's key without the source that Cilium may write in front of it. */
const bare = (key: string): string => key.replace(/^(k8s|any)[:.]/, '')

/** Whether a Service has a selector, so that Kubernetes maintains its slices. */
export function hasSelector(service: Manifest): boolean {
  return Object.keys(record(service.value, 'spec', 'selector')).length > 0
}

/** Workloads whose pods a Service selects. */
export function behind(service: Manifest, tree: Tree): Workload[] {
  if (!hasSelector(service)) return []
  const selector = { matchLabels: record(service.value, 'spec', 'selector') }
  return workloads(tree).filter(
    ({ manifest, labels }) => manifest.namespace === service.namespace && selects(selector, labels),
  )
}

/** EndpointSlices of a Service. */
export function slicesOf(service: Manifest, tree: Tree): Manifest[] {
  return ofKind(tree, 'EndpointSlice').filter(
    ({ namespace, labels }) =>
      namespace === service.namespace && text(labels, 'kubernetes.io/service-name') === service.name,
  )
}

/** Value of a container's environment variable if the manifests contain it, in `env` or in a ConfigMap of `envFrom`. */
export function environment(
  tree: Tree,
  { manifest: { namespace } }: Workload,
  { value }: Container,
  name: string,
): string | undefined {
  const variable = list(value, 'env').find((each) => text(each, 'name') === name)
  if (variable !== undefined) return text(variable, 'value')
  const maps = list(value, 'envFrom').map((source) => text(source, 'configMapRef', 'name'))
  return ofKind(tree, 'ConfigMap')
    .filter((map) => map.namespace === namespace && maps.includes(map.name))
    .map((map) => text(map.value, 'data', name))
    .find((found) => found !== undefined)
}
