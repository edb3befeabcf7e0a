import { setTimeout as sleep } from 'node:timers/promises'
import { StoreUnavailable } from '../store-unavailable.ts'

/** The process that has a store. */
export interface Holder {
  pid: number
  host: string
  since: string
}

/** Thrown when another process has the store. */
export class StoreInUse extends Error {
  declare private readonly brand: never
  override readonly name = 'StoreInUse'

  /**
   * @param store the store, as the subject of a sentence
   * @param otherwise what an operator can do instead of stopping the holder, as the end of a sentence
   */
  constructor(store: string, holder: Holder | undefined, otherwise: string) {
    const who = holder && ` (process ${holder.pid} on ${holder.host}, since ${holder.since})`
    super(`${store} is in use by another API${who ?? ''}. Stop that one, or ${otherwise}.`)
  }
}

/** How long to wait for a store that another API has, for example one that is about to stop, or that is not up yet. */
export interface Patience {
  ms: number
  /** Called once, when the waiting begins. */
  onWait: (why: StoreInUse | StoreUnavailable) => void
}

/** Waits for nothing. */
export const NO_PATIENCE: Patience = { ms: 0, onWait: () => undefined }

/**
 * Takes the lock of a store, and tries again while another process has it or the database does not answer.
 * @throws {StoreInUse | StoreUnavailable} after `patience.ms`
 */
export async function patiently<T>(take: () => T | Promise<T>, patience: Patience): Promise<T> {
  const deadline = performance.now() + patience.ms
  let waiting = false
  for (;;) {
    try {
      return await take()
    } catch (error) {
      if (!(error instanceof StoreInUse) && !(error instanceof StoreUnavailable)) throw error
      if (performance.now() >= deadline) throw error
      if (!waiting) patience.onWait(error)
      waiting = true
    }
    await sleep(100)
  }
}
