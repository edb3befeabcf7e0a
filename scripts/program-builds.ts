import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleProgram } from './bundle/bundle.ts'
import { programs } from './bundle/programs.ts'
import { buildWeb } from './web-build.ts'

const FOLDER = join(import.meta.dirname, '../node_modules/.cache/slicechat-programs')
const STAMP = join(FOLDER, '.built-from')
const NAMES = ['api', 'web', 'loadgen', 'simulator'] as const
const SOURCES = [
  'apps/*/{src,server,scenarios}/**/*.*',
  'apps/*/package.json',
  'packages/*/src/**/*.*',
  'scripts/bundle/*.ts',
  'pnpm-lock.yaml',
]

function fingerprint(): string {
  const cwd = join(import.meta.dirname, '..')
  const hash = createHash('sha256')
  const files = SOURCES.flatMap((pattern) => globSync(pattern, { cwd })).sort()
  for (const file of files) hash.update(file).update(readFileSync(join(cwd, file)))
  return hash.digest('hex')
}

/**
 * Bundles the programs for tests that start them as processes, if their sources have changed: a start from one file
 * needs a third of the CPU of a start from the sources. @returns the folder, in which each program is `NAME/main.js`
 */
export async function buildPrograms(): Promise<string> {
  buildWeb()
  const wanted = fingerprint()
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return FOLDER
  for (const name of NAMES) await bundleProgram(programs[name], join(FOLDER, name))
  writeFileSync(STAMP, wanted)
  return FOLDER
}
