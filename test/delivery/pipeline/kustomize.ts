import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { deliveryHome } from '../cluster/home.ts'
import { searchPath } from '../requirements.ts'
import { succeed } from './stages.ts'

const VERSION = 'v5.8.1'

/** Folder with the program `kustomize`, which no package of Debian's brings: built once (some 100 s of processor time). */
export async function ensureKustomize(): Promise<string> {
  const folder = join(deliveryHome(), 'bin', `kustomize-${VERSION}`)
  if (existsSync(folder)) return folder
  console.log(`Building kustomize ${VERSION} (once) …`)
  const part = `${folder}.${process.pid}`
  mkdirSync(part, { recursive: true })
  const args = ['-n', '15', 'go', 'install', `sigs.k8s.io/kustomize/kustomize/v5@${VERSION}`]
  await succeed('nice', args, part, { PATH: searchPath(), GOBIN: part, CGO_ENABLED: '0' })
  renameSync(part, folder)
  return folder
}
