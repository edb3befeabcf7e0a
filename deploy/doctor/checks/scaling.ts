import type { Check } from '../check.ts'
import { ofKind, type Tree } from '../tree.ts'
import { at, list, text, texts } from '../value.ts'
import type { Manifest } from '../manifest.ts'

const nullValues: Check = {
  id: 'keda-null-values',
  symptom: 'Prometheus is away for a minute and KEDA scales down in the middle of the load.',
  cause: 'By default KEDA reads an empty answer of Prometheus as 0, so that lost metrics look like no load.',
  fix: 'Set `ignoreNullValues: "false"` on the trigger and a `fallback` on the ScaledObject.',
  *find(tree) {
    for (const scaled of ofKind(tree, 'ScaledObject', 'ScaledJob'))
      for (const [index, trigger] of list(scaled.value, 'spec', 'triggers').entries()) {
        if (text(trigger, 'type') !== 'prometheus') continue
        if (text(trigger, 'metadata', 'ignoreNullValues') !== 'false')
          yield {
            in: scaled,
            path: ['spec', 'triggers', index, 'metadata', 'ignoreNullValues'],
            detail: 'no answer counts as 0',
          }
        if (scaled.kind === 'ScaledObject' && at(scaled.value, 'spec', 'fallback') === undefined)
          yield {
            in: scaled,
            path: ['spec', 'fallback'],
            detail: 'nothing says how many pods run while Prometheus is away',
          }
      }
  },
}

const replicas: Check = {
  id: 'scaler-replicas',
  symptom: 'Pods come and go: the autoscaler raises their number and the next sync sets it back.',
  cause:
    'git says `replicas` of a Deployment that KEDA or an HPA scales, and Argo CD’s self-heal puts git’s number back.',
  fix: 'Leave `replicas` out of the manifest, or use `ignoreDifferences` for /spec/replicas with the sync option `RespectIgnoreDifferences=true`.',
  *find(tree) {
    // In a cluster the number is always set, so only manifests from git are checked.
    if (tree.cluster !== undefined || ofKind(tree, 'Application').some(leavesReplicas)) return
    for (const target of scaled(tree))
      for (const manifest of ofKind(tree, 'Deployment', 'StatefulSet')) {
        if (manifest.name !== target.name || manifest.namespace !== target.namespace) continue
        const number = text(manifest.value, 'spec', 'replicas')
        if (number !== undefined)
          yield {
            in: manifest,
            path: ['spec', 'replicas'],
            detail: `${number} here, and ${target.by} scales it`,
          }
      }
  },
}

function* scaled(tree: Tree): Iterable<{ namespace: string; name: string | undefined; by: string }> {
  for (const { kind, name, namespace, value } of ofKind(tree, 'ScaledObject', 'HorizontalPodAutoscaler'))
    yield { namespace, name: text(value, 'spec', 'scaleTargetRef', 'name'), by: `${kind} ${name}` }
}

function leavesReplicas({ value }: Manifest): boolean {
  const ignored = list(value, 'spec', 'ignoreDifferences').some(
    (each) =>
      texts(each, 'jsonPointers').includes('/spec/replicas') ||
      texts(each, 'jqPathExpressions').includes('.spec.replicas'),
  )
  return (
    ignored && texts(value, 'spec', 'syncPolicy', 'syncOptions').includes('RespectIgnoreDifferences=true')
  )
}

export const scaling = [nullValues, replicas]
