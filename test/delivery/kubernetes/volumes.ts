import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlPlane } from '../cluster/control-plane.ts'

/** An empty volume of class `longhorn` that the claim `chat-data` binds to. One that was there is gone with what it held. */
export async function provideVolume(cluster: ControlPlane): Promise<void> {
  const name = 'chat-data'
  await cluster.kubectl(['delete', 'persistentvolume', name, '--ignore-not-found'])
  const path = join(cluster.box.rig, 'volumes', name)
  rmSync(path, { recursive: true, force: true })
  mkdirSync(path, { recursive: true })
  // The kubelet gives folders of the node to no group: fsGroup has no effect on them.
  chmodSync(path, 0o777)
  await cluster.apply(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: {
        storageClassName: 'longhorn',
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '5Gi' },
        hostPath: { path },
      },
    }),
  )
}
