import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const SOURCES = [
  'apps/web/{src,static}/**/*',
  'apps/web/{vite.config.ts,package.json,tsconfig.json}',
  'packages/*/src/**/*.ts',
  'pnpm-lock.yaml',
]

/** SHA-256 of all sources of the page. Equal sources give equal fingerprints, wherever and whenever they are built. */
export function sourceFingerprint(): string {
  const root = join(import.meta.dirname, '../..')
  const hash = createHash('sha256')
  for (const file of SOURCES.flatMap((pattern) => globSync(pattern, { cwd: root })).sort())
    if (statSync(join(root, file)).isFile()) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}
