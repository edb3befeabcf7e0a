import { parseArgs } from 'node:util'
import { backup, BackupRefused, restore } from './store/backup.ts'
import { backupTo, restoreFrom } from './store/backup-stream.ts'
import { copyStore } from './store/copy/copy.ts'
import { CopyRefused } from './store/copy/copy-refused.ts'
import { progressBar } from './store/copy/progress-bar.ts'
import { openDatabase, type StoreLocation } from './store/database.ts'

/** How the command `store` is used; part of the program's usage. */
export const STORE_USAGE = `  store copy --from STORE --to STORE
                copies a whole store to an empty one; a STORE is sqlite:FOLDER or postgres://…
  store backup FILE
                writes the SQLite store of DATA_DIR into one file, also while an API uses it; FILE - is
                standard output
  store restore FILE
                puts such a file in place of the store of DATA_DIR, which is kept beside it; FILE - is
                standard input`

/** Thrown for arguments that are none. */
export class BadUsage extends Error {
  declare private readonly brand: never
  override readonly name = 'BadUsage'
}

/** Whether an error is for the operator, and its message says all. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof BackupRefused || error instanceof CopyRefused

/**
 * `slicechat-api store …`
 * @throws {BadUsage} for wrong arguments
 */
export async function storeCommand(args: string[], location: StoreLocation): Promise<void> {
  const { values, positionals } = read(args)
  const [name, file, ...more] = positionals
  if (name === 'copy' && file === undefined) return copy(values.from, values.to)
  if (file === undefined || more.length > 0 || values.from !== undefined || values.to !== undefined)
    throw new BadUsage(`store ${name ?? ''}: these arguments are none`)
  if (name !== 'backup' && name !== 'restore') throw new BadUsage(`store ${name}: there is no such command`)
  if (location.DATABASE_URL !== undefined)
    throw new BackupRefused(
      'DATABASE_URL is set: use pg_dump and pg_restore for PostgreSQL (docs/operations.md).',
    )
  const { DATA_DIR } = location
  if (name === 'backup') return backupOf(DATA_DIR, file)
  const now = new Date()
  const kept = file === '-' ? await restoreFrom(DATA_DIR, process.stdin, now) : restore(DATA_DIR, file, now)
  console.log(`${DATA_DIR} has the store of ${file === '-' ? 'standard input' : file}.`)
  if (kept !== undefined) console.log(`The store that was there is ${kept}.`)
}

async function backupOf(folder: string, file: string): Promise<void> {
  if (file === '-' && process.stdout.isTTY)
    throw new BadUsage('store backup -: the copy is not for a terminal; redirect it to a file')
  if (file === '-') return backupTo(folder, process.stdout)
  backup(folder, file)
  console.log(`${file} has the store of ${folder}.`)
}

function read(args: string[]): { values: { from?: string; to?: string }; positionals: string[] } {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { from: { type: 'string' }, to: { type: 'string' } },
    })
  } catch (error) {
    throw new BadUsage((error as Error).message)
  }
}

async function copy(from: string | undefined, to: string | undefined): Promise<void> {
  if (from === undefined || to === undefined) throw new BadUsage('store copy: --from and --to are needed')
  if (from === to) throw new BadUsage('store copy: --from and --to are the same store')
  const [sourceAt, targetAt] = [locationOf(from), locationOf(to)]
  const source = await openDatabase(sourceAt)
  try {
    const target = await openDatabase(targetAt)
    try {
      const copied = await copyStore(source, target, withoutPassword(from), progressBar(process.stderr))
      const counts = Object.entries(copied)
        .filter(([, rows]) => rows > 0)
        .map(([table, rows]) => `${rows} ${table}`)
      console.log(`The copy is complete, and equal to the original: ${counts.join(', ') || 'no rows'}.`)
    } finally {
      await target.destroy()
    }
  } finally {
    await source.destroy()
  }
}

function locationOf(text: string): StoreLocation {
  const folder = /^sqlite:(.+)$/.exec(text)?.[1]
  if (folder !== undefined) return { DATA_DIR: folder }
  if (/^postgres(?:ql)?:\/\//.test(text)) return { DATA_DIR: '', DATABASE_URL: text }
  throw new BadUsage(`"${text}" is no store: write sqlite:FOLDER or postgres://…`)
}

/** A store's name that can be kept in the other one. */
function withoutPassword(text: string): string {
  if (!URL.canParse(text)) return text
  const url = new URL(text)
  url.password = ''
  return url.href
}
