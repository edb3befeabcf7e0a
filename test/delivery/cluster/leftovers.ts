// What a cluster has outside of its namespaces: a folder, and control groups named after it.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { deliveryHome } from './home.ts'

const CGROUPS = '/sys/fs/cgroup'
/** Folders are named after the process that keeps the cluster. */
const PREFIX = 'slicechat-rig-'

export const rigsFolder = (): string => join(deliveryHome(), 'rigs')
export const rigName = (keeperPid: number): string => `${PREFIX}${keeperPid}`

/** The hierarchies of control groups: one of version 2, or one for each controller of version 1. */
function hierarchies(): string[] {
  if (existsSync(join(CGROUPS, 'cgroup.controllers'))) return [CGROUPS]
  return readdirSync(CGROUPS)
    .map((name) => join(CGROUPS, name))
    .filter((folder) => existsSync(join(folder, 'cgroup.procs')))
}

/** Makes the control group in which the kubelet makes its own groups, in every hierarchy. */
export function makeCgroup(name: string): void {
  for (const hierarchy of hierarchies()) {
    const group = join(hierarchy, name)
    mkdirSync(group, { recursive: true })
    // In version 1, a new cpuset group allows no CPU and no memory node until it is given some.
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      if (existsSync(join(hierarchy, file)) && !existsSync(join(hierarchy, 'cgroup.controllers')))
        writeFileSync(join(group, file), readFileSync(join(hierarchy, file)))
  }
}

function foldersBelow(folder: string): string[] {
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [...below.flatMap((entry) => foldersBelow(join(folder, entry.name))), folder]
}

/** Removes a cluster's groups, deepest first. Retries, since the kernel refuses for a moment after a group's last process died. */
async function removeCgroup(name: string): Promise<void> {
  for (const hierarchy of hierarchies()) {
    const group = join(hierarchy, name)
    for (let attempt = 0; existsSync(group); attempt++)
      try {
        for (const folder of foldersBelow(group)) rmdirSync(folder)
      } catch (error) {
        if (attempt === 100) throw error
        await sleep(100)
      }
  }
}

/** Removes the control groups and the folder of a cluster whose processes have ended. */
export async function removeRig(name: string): Promise<void> {
  await removeCgroup(name)
  rmSync(join(rigsFolder(), name), { recursive: true, force: true, maxRetries: 20 })
}

function isKept(name: string): boolean {
  try {
    return readFileSync(`/proc/${name.slice(PREFIX.length)}/cmdline`, 'utf8').includes('keeper.ts')
  } catch {
    return false
  }
}

/** Names of our clusters that have a folder or a control group on this machine, running ones included. */
export function rigNames(): string[] {
  const folders = [rigsFolder(), ...hierarchies()].filter((folder) => existsSync(folder))
  const names = folders.flatMap((folder) =>
    readdirSync(folder)
      .map((entry) => basename(entry))
      .filter((entry) => entry.startsWith(PREFIX) && statSync(join(folder, entry)).isDirectory()),
  )
  return [...new Set(names)]
}

/** Removes what is left of clusters whose keeper was killed. Their processes died with the keeper: see keeper.ts. */
export async function removeLeftovers(): Promise<void> {
  for (const name of rigNames()) if (!isKept(name)) await removeRig(name)
}
