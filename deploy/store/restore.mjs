// Replaces the store by a copy that backup.mjs made: node deploy/store/restore.mjs < slicechat.db
// No API may use the store meanwhile. The previous store stays beside it as before-restore.db.
import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pipeline } from 'node:stream/promises'

const folder = process.env.DATA_DIR ?? 'data'
const [store, restored, before] = ['slicechat', 'restored', 'before-restore'].map((name) =>
  join(folder, `${name}.db`),
)

function fail(code, problem) {
  console.error(problem)
  rmSync(restored, { force: true })
  process.exit(code)
}

// The API's own lock, held until this process ends.
const lock = new DatabaseSync(join(folder, 'slicechat.lock'))
try {
  lock.exec('BEGIN IMMEDIATE')
} catch {
  fail(78, `DATA_DIR=${folder} is in use by an API. Stop it first.`)
}
await pipeline(process.stdin, createWriteStream(restored, { flush: true }))
try {
  const copy = new DatabaseSync(restored)
  const [check] = copy.prepare('PRAGMA quick_check').all()
  if (check?.quick_check !== 'ok') throw new Error(check?.quick_check)
  copy.prepare('SELECT name FROM kysely_migration').all()
  copy.close()
} catch (error) {
  fail(65, `What was given is no whole copy of a store: ${error.message}. Nothing was changed.`)
}
// A write-ahead log belongs to the file of its name, so both move. The restored file comes last, so that no
// store is combined with another's log.
for (const suffix of ['', '-wal', '-shm']) {
  rmSync(before + suffix, { force: true })
  if (existsSync(store + suffix)) renameSync(store + suffix, before + suffix)
}
renameSync(restored, store)
console.error(`Restored ${store}. What was there before is ${before}.`)
