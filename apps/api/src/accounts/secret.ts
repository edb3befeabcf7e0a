import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The secret that signs cookies. Where none is set, it is made once and kept beside the embedded store, readable by the API's
 * user only. A new one would sign everybody out.
 * @param folder `DATA_DIR`, which exists; with `:memory:` the secret lives as long as the process
 */
export function secretOf(configured: string | undefined, folder: string): string {
  if (configured !== undefined) return configured
  const made = randomBytes(32).toString('hex')
  if (folder === ':memory:') return made
  const file = join(folder, 'auth-secret')
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  writeFileSync(file, `${made}\n`, { mode: 0o600, flag: 'wx' })
  return made
}
