import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlPlane } from '../cluster/control-plane.ts'

const NAME = 'chat-data'
const SIZE = '64M'

const folder = (cluster: ControlPlane): string => join(cluster.box.rig, 'volumes', NAME)

async function inBox(cluster: ControlPlane, script: string): Promise<void> {
  const { code, stderr } = await cluster.box.run('node', ['sh', '-euc', script])
  if (code !== 0) throw new Error(`${script}: ${stderr}`)
}

/** Leaves no room on the volume until `makeRoom`. */
export const fillVolume = (cluster: ControlPlane): Promise<void> =>
  inBox(cluster, `head -c ${SIZE} /dev/zero > ${folder(cluster)}/filler 2>/dev/null || true`)

export const makeRoom = (cluster: ControlPlane): Promise<void> =>
  inBox(cluster, `rm ${folder(cluster)}/filler`)

/** An empty volume of class `longhorn` that the claim `chat-data` binds to. One that was there is gone with what it held. */
export async function provideVolume(cluster: ControlPlane): Promise<void> {
  await cluster.kubectl(['delete', 'persistentvolume', NAME, '--ignore-not-found'])
  const path = folder(cluster)
  mkdirSync(path, { recursive: true })
  // A file system of its own size, and open to all: the kubelet gives folders of the node to no group, whatever fsGroup says.
  await inBox(
    cluster,
    `umount -l ${path} 2>/dev/null || true; mount -t tmpfs -o size=${SIZE},mode=777 volume ${path}`,
  )
  await cluster.apply(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: NAME },
      spec: {
        storageClassName: 'longhorn',
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '5Gi' },
        hostPath: { path },
      },
    }),
  )
}
