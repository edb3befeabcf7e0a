import { createReadStream, createWriteStream, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { backup, restore } from './backup.ts'
import { lockFolder } from './sqlite-lock.ts'

/** Copies that pass through a stream are in the store's folder meanwhile: in a container, only that can be written. */
const pathIn = (folder: string): string => join(folder, `backup-${process.pid}.db`)

/** Writes the SQLite store of a folder into a stream; see `backup`. */
export async function backupTo(folder: string, stream: Writable): Promise<void> {
  const copy = pathIn(folder)
  try {
    backup(folder, copy)
    await pipeline(createReadStream(copy), stream)
  } finally {
    rmSync(copy, { force: true })
  }
}

/** Puts a backup that comes as a stream in the place of a folder's store; see `restore`. */
export async function restoreFrom(folder: string, stream: Readable, now: Date): Promise<string | undefined> {
  // An API that has the store is refused before the copy takes its room.
  lockFolder(folder).close()
  const copy = pathIn(folder)
  try {
    await pipeline(stream, createWriteStream(copy))
    return restore(folder, copy, now)
  } finally {
    rmSync(copy, { force: true })
  }
}
