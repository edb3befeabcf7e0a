import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const web = 'apps/web'
const stamp = join(web, 'build/.built-from')
const sources = [
  `${web}/{src,static}/**/*`,
  `${web}/{vite.config.ts,package.json,tsconfig.json}`,
  'packages/*/src/**/*.ts',
  'pnpm-lock.yaml',
]

function fingerprint(): string {
  const hash = createHash('sha256')
  for (const file of sources.flatMap((pattern) => globSync(pattern)).sort())
    if (statSync(file).isFile()) hash.update(file).update(readFileSync(file))
  return hash.digest('hex')
}

/** Builds the web app when what it is made of has changed. @returns whether there was something to build */
export function buildWeb(): boolean {
  const wanted = fingerprint()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return false
  const result = spawnSync('vite', ['build', '--logLevel', 'warn'], {
    cwd: web,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
    env: {
      ...process.env,
      PATH: `${join(process.cwd(), web, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
    },
  })
  if (result.status !== 0)
    throw new Error(`The build of the web app failed:\n${result.stdout}${result.stderr}`)
  writeFileSync(stamp, wanted)
  return true
}
