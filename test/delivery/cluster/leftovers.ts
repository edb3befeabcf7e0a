// What a box has outside of its namespaces: a folder.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { deliveryHome } from './home.ts'

/** Folders are named after the process that keeps the box. */
const PREFIX = 'slicechat-rig-'

export const rigsFolder = (): string => join(deliveryHome(), 'rigs')
export const rigFolder = (keeperPid: number): string => join(rigsFolder(), `${PREFIX}${keeperPid}`)

export const removeRig = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })

function isKept(name: string): boolean {
  try {
    return readFileSync(`/proc/${name.slice(PREFIX.length)}/cmdline`, 'utf8').includes('keeper.ts')
  } catch {
    return false
  }
}

/** Names of all folders of boxes, running ones included. */
export const rigNames = (): string[] => (existsSync(rigsFolder()) ? readdirSync(rigsFolder()) : [])

/** Removes what boxes have left whose keeper was killed. Their processes died with it: see keeper.ts. */
export function removeLeftovers(): void {
  for (const name of rigNames()) if (!isKept(name)) removeRig(join(rigsFolder(), name))
}
