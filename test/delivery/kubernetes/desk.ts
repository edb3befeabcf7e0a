import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import chromium from '@sparticuz/chromium'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../../stack/browser.ts'
import type { Output } from '../cluster/box.ts'
import { type ControlPlane, NODE_ADDRESS } from '../cluster/control-plane.ts'

/** The page's URL for colleagues. */
export const PAGE = `http://${NODE_ADDRESS}:30810`

/** Starts a real Chromium in the network of the colleague's machine `desk`. It uses this machine's files. */
export async function openBrowser(cluster: ControlPlane): Promise<Browser> {
  const program = join(cluster.box.rig, 'chromium')
  const network = `--net=${cluster.box.netFile('desk')}`
  writeFileSync(program, `#!/bin/sh\nexec nsenter ${network} ${await chromium.executablePath()} "$@"\n`)
  chmodSync(program, 0o755)
  return launchBrowser([], program)
}

/** Runs the load tester on the colleague's machine. */
export async function loadgenAtDesk(cluster: ControlPlane, args: readonly string[]): Promise<Output> {
  const main = join(import.meta.dirname, '../../../apps/loadgen/src/main.ts')
  return cluster.box.run('desk', [process.execPath, '--no-warnings', main, ...args])
}

/** How an answer ended. */
export interface End {
  type: 'finished' | 'failed' | 'none'
  reason?: string
  code?: string
  tokens?: number
  characters: number
}

/**
 * Lets people at the office chat through the page, all at once.
 * @param begun called once every answer has begun
 */
export async function chat(
  cluster: ControlPlane,
  { people = 1, tokens, begun }: { people?: number; tokens: number; begun?: () => Promise<unknown> },
): Promise<End[]> {
  const program = join(import.meta.dirname, 'chats.ts')
  const node = [process.execPath, '--no-warnings', program, PAGE, `${people}`, `${tokens}`]
  const child = cluster.box.spawn('desk', node)
  const ends: End[] = []
  let meanwhile: Promise<unknown> | undefined
  for await (const line of createInterface({ input: child.stdout }))
    if (line === 'begun') meanwhile = begun?.()
    else ends.push(JSON.parse(line) as End)
  await meanwhile
  return ends
}
