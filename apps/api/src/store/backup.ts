import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MIGRATIONS } from './migrations/index.ts'
import { lockFolder } from './sqlite-lock.ts'

/** Thrown when a backup cannot be made or restored as things are. The message says why. */
export class BackupRefused extends Error {
  declare private readonly brand: never
  override readonly name = 'BackupRefused'
}

const pathIn = (folder: string): string => join(folder, 'slicechat.db')

/**
 * Writes the SQLite store of a folder into one file, as it is at this moment. An API may go on using it. The file is there
 * only when it is whole.
 * @throws {BackupRefused} when there is no store, or the file exists
 */
export function backup(folder: string, file: string): void {
  if (!existsSync(pathIn(folder))) throw new BackupRefused(`${folder} has no store.`)
  const partial = `${file}.partial-${process.pid}`
  try {
    if (existsSync(file)) throw exists(file)
    const database = new DatabaseSync(pathIn(folder))
    try {
      database.exec('PRAGMA busy_timeout = 10000')
      // It reads one snapshot, so that writing goes on meanwhile and is not part of the backup.
      database.prepare('VACUUM INTO ?').run(partial)
    } finally {
      database.close()
    }
    check(partial)
    sync(partial)
    try {
      // A link, other than a rename, does not replace a file that came meanwhile.
      linkSync(partial, file)
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? exists(file) : error
    }
    sync(dirname(resolve(file)))
  } finally {
    rmSync(partial, { force: true })
  }
}

const exists = (file: string): BackupRefused => new BackupRefused(`${file} exists. Name another file.`)

/**
 * Puts a backup in the place of a folder's store. The store that was there is kept beside it.
 * @returns the file in which the old store is, if there was one
 * @throws {StoreInUse} when an API has the store open
 * @throws {BackupRefused} when the file is damaged, is no backup of a store, or is of a newer version
 */
export function restore(folder: string, file: string, now: Date): string | undefined {
  if (!existsSync(file)) throw new BackupRefused(`There is no ${file}.`)
  const lock = lockFolder(folder)
  const fresh = join(folder, 'slicechat.db.restoring')
  try {
    check(file)
    copyFileSync(file, fresh)
    sync(fresh)
    const kept = setAside(pathIn(folder), now)
    renameSync(fresh, pathIn(folder))
    sync(folder)
    return kept
  } finally {
    rmSync(fresh, { force: true })
    lock.close()
  }
}

/**
 * Gives a store a second name. Until the first one is overwritten, both are the old store, so that a process that is
 * killed leaves a folder with a store.
 */
function setAside(path: string, now: Date): string | undefined {
  if (!existsSync(path)) return undefined
  const kept = `${path}.before-restore-${now.toISOString().replace(/[:.]/g, '-')}`
  try {
    const database = new DatabaseSync(path)
    // What is still in the write-ahead log belongs to this file, and must not be applied to the next one.
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    database.close()
  } catch {
    // A damaged store is kept as it is, with its log.
  }
  linkSync(path, kept)
  for (const log of ['-wal', '-shm']) if (existsSync(path + log)) renameSync(path + log, kept + log)
  return kept
}

/** @throws {BackupRefused} */
function check(file: string): void {
  let names: string[]
  try {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      const problem = Object.values(database.prepare('PRAGMA integrity_check(1)').get() ?? {})[0]
      if (problem !== 'ok') throw new BackupRefused(`${file} is damaged: ${String(problem)}`)
      names = database
        .prepare('SELECT name FROM kysely_migration ORDER BY name')
        .all()
        .map(({ name }) => String(name))
    } finally {
      database.close()
    }
  } catch (error) {
    if (error instanceof BackupRefused) throw error
    throw new BackupRefused(`${file} is no backup of a store (${(error as Error).message}).`)
  }
  const unknown = names.find((name) => !(name in MIGRATIONS))
  if (unknown !== undefined)
    throw new BackupRefused(`${file} is of a newer version: this one does not know ${unknown}.`)
}

/** Waits until a file, or the names in a folder, are on the disk. */
function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
