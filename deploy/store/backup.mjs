// Writes a copy of the store to stdout while the API goes on: node deploy/store/backup.mjs > slicechat.db
// A copy of the file itself would lack the contents of SQLite's write-ahead log. The copy is made in DATA_DIR first, which
// needs as much free space as the store itself. docs/operations.md has the commands for a cluster.
import { createReadStream, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pipeline } from 'node:stream/promises'

if (process.stdout.isTTY) {
  console.error('The copy is not for a terminal: redirect it, as in "backup.mjs > slicechat.db".')
  process.exit(64)
}
const folder = process.env.DATA_DIR ?? 'data'
const copy = join(folder, 'backup.db')
rmSync(copy, { force: true })
try {
  const store = new DatabaseSync(join(folder, 'slicechat.db'), { readOnly: true })
  store.prepare('VACUUM INTO ?').run(copy)
  store.close()
  await pipeline(createReadStream(copy), process.stdout)
} catch (error) {
  console.error(`The store in DATA_DIR=${folder} could not be copied: ${error.message}.`)
  process.exitCode = 1
} finally {
  rmSync(copy, { force: true })
}
