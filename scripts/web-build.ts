import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sourceFingerprint } from '../apps/web/source-fingerprint.ts'

const WEB = 'apps/web'
const stamp = join(WEB, 'build/.built-from')

/** Builds the web app if its sources have changed. @returns whether it was built */
export function buildWeb(): boolean {
  const wanted = sourceFingerprint()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return false
  const result = spawnSync('vite', ['build', '--logLevel', 'warn'], {
    cwd: WEB,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
    env: {
      ...process.env,
      PATH: `${join(process.cwd(), WEB, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
    },
  })
  if (result.status !== 0)
    throw new Error(`The build of the web app failed:\n${result.stdout}${result.stderr}`)
  writeFileSync(stamp, wanted)
  return true
}
