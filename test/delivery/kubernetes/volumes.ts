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

/** Fills the volume until `makeRoom` is called. */
export const fillVolume = (cluster: ControlPlane): Promise<void> =>
  inBox(cluster, `head -c ${SIZE} /dev/zero > ${folder(cluster)}/filler 2>/dev/null || true`)

export const makeRoom = (cluster: ControlPlane): Promise<void> =>
  inBox(cluster, `rm ${folder(cluster)}/filler`)

/** Makes an empty volume of class `longhorn` for the claim `chat-data`. An earlier one is removed with its content. */
export async function provideVolume(cluster: ControlPlane): Promise<void> {
  await cluster.kubectl(['delete', 'persistentvolume', NAME, '--ignore-not-found'])
  const path = folder(cluster)
  mkdirSync(path, { recursive: true })
  // A file system of limited size, writable by all, since the kubelet does not apply fsGroup to folders of the node.
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
