import type { Config } from './env.ts'
import { isFull } from './storage-full.ts'
import { StoreInUse } from './store/lock.ts'
import { StoreUnavailable } from './store-unavailable.ts'
import { StoreUnfit } from './store/unfit.ts'

/** Exit code `EX_CONFIG` of sysexits.h. */
export const BAD_CONFIGURATION = 78

/** Advice on a start that failed; `undefined` if the operator cannot fix the cause by configuration. */
export function adviceOn(error: unknown, { HOST, PORT, DATA_DIR, DATABASE_URL }: Config): string | undefined {
  const { code, port, syscall } = error as NodeJS.ErrnoException & { port?: number }
  if (error instanceof StoreInUse || error instanceof StoreUnfit || error instanceof StoreUnavailable)
    return error.message
  if (code === 'EADDRINUSE' || (code === 'EACCES' && port !== undefined)) {
    const problem = code === 'EADDRINUSE' ? 'is taken by another program' : 'needs privileges'
    return `Port ${port ?? '?'} ${problem}. Set ${port === PORT ? 'PORT' : 'METRICS_PORT'} to a free one.`
  }
  if (code === 'EADDRNOTAVAIL' || syscall === 'getaddrinfo')
    return `${HOST} is no address of this machine. Set HOST to one that is.`
  if (DATABASE_URL !== undefined) {
    // An error that the server sent.
    if (isFull(error)) return 'The volume of the PostgreSQL server is full. Make room on it.'
    return error instanceof Error && 'severity' in error
      ? `The database of DATABASE_URL cannot be used (${error.message}).`
      : undefined
  }
  if (isFull(error))
    return `The volume of ${DATA_DIR} is full. Make room on it, or set DATA_DIR to a folder of another.`
  if (syscall === 'mkdir' || code === 'ERR_SQLITE_ERROR')
    return `The store in ${DATA_DIR} cannot be opened (${(error as Error).message}). Set DATA_DIR to a folder that can be written.`
  return undefined
}
