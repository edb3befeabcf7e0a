import type { Check } from '../check.ts'
import { type Container, environment, ofKind, type Tree, type Workload, workloads } from '../tree.ts'
import { at, list, text, texts } from '../value.ts'

/** Seconds that `preStop` sleeps, by its own field or by a command. */
function preStopSeconds({ value }: Container): number {
  const preStop = at(value, 'lifecycle', 'preStop')
  const command = texts(preStop, 'exec', 'command').join(' ')
  return Number(text(preStop, 'sleep', 'seconds') ?? /\bsleep\s+(\d+)/.exec(command)?.[1] ?? 0)
}

const gracePeriod: Check = {
  id: 'grace-period',
  symptom: 'Answers break off in the middle when a pod is replaced, though the API drains on SIGTERM.',
  cause:
    'Kubernetes kills the pod `terminationGracePeriodSeconds` (30 by default) after it began to end, `preStop` included, and drain takes longer.',
  fix: 'Set it above the `preStop` sleep plus `DRAIN_TIMEOUT_S`, and that to the longest answer.',
  *find(tree) {
    for (const workload of workloads(tree)) {
      const { manifest, path, spec, containers } = workload
      const grace = Number(text(spec, 'terminationGracePeriodSeconds') ?? 30)
      for (const container of containers) {
        const sleep = preStopSeconds(container)
        const drain = Number(environment(tree, workload, container, 'DRAIN_TIMEOUT_S') ?? 0)
        if (grace > sleep + drain || sleep + drain === 0) continue
        yield {
          in: manifest,
          path: [...path, 'terminationGracePeriodSeconds'],
          detail: `${grace} s end before container ${container.name}: ${sleep} s of preStop and ${drain} s of drain`,
        }
        break
      }
    }
  },
}

/** Claims that a pod mounts for writing, without those that the tree shows to be for many nodes. */
function ownClaims(tree: Tree, { manifest, spec }: Workload): string[] {
  return list(spec, 'volumes').flatMap((volume) => {
    const name = text(volume, 'persistentVolumeClaim', 'claimName')
    if (name === undefined || at(volume, 'persistentVolumeClaim', 'readOnly') === true) return []
    const claim = ofKind(tree, 'PersistentVolumeClaim').find(
      (each) => each.name === name && each.namespace === manifest.namespace,
    )
    const modes = texts(claim?.value, 'spec', 'accessModes')
    return modes.includes('ReadWriteMany') || modes.includes('ReadOnlyMany') ? [] : [name]
  })
}

const sharedVolume: Check = {
  id: 'shared-volume',
  symptom:
    'A rollout hangs (“Multi-Attach error”, “database is locked”), or conversations are lost after one.',
  cause:
    'Two pods use one volume: several replicas, or a RollingUpdate that starts the new pod before the old one has ended. SQLite has one process.',
  fix: 'Set `replicas: 1` and `strategy: {type: Recreate}` on the Deployment that mounts the claim.',
  *find(tree) {
    for (const workload of workloads(tree)) {
      const { manifest } = workload
      const [claim] = ownClaims(tree, workload)
      if (manifest.kind !== 'Deployment' || claim === undefined) continue
      const replicas = Number(text(manifest.value, 'spec', 'replicas') ?? 1)
      if (replicas > 1)
        yield { in: manifest, path: ['spec', 'replicas'], detail: `${replicas} pods share claim ${claim}` }
      if (text(manifest.value, 'spec', 'strategy', 'type') !== 'Recreate')
        yield {
          in: manifest,
          path: ['spec', 'strategy', 'type'],
          detail: `the new pod starts while the old one has claim ${claim}`,
        }
    }
  },
}

export const lifecycle = [gracePeriod, sharedVolume]
