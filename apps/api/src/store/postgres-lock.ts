import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'
import { type Holder, type Patience, patiently, StoreInUse } from './lock.ts'
import { connectionTo, describeDatabase } from './postgres-connection.ts'
import { StoreUnavailable } from '../store-unavailable.ts'

/** The key of the lock among the advisory locks of a database: "slic" in ASCII, and a number. */
const KEY = [0x736c6963, 1] as const
/** Interval at which the connection that has the lock shows that both ends are there. */
const BEAT_EVERY_MS = 5_000
/** Interval at which the lock is asked for again after its connection is lost. */
const RETAKE_EVERY_MS = 500
/**
 * The server notices within about half a minute that the machine of a holder has gone without a word, and frees the lock; by
 * default, that takes two hours.
 */
const KEEPALIVES =
  'SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3'

/** What may happen to the lock once it is held. */
export interface LockEvents {
  onUsable: (usable: boolean) => void
  onTaken: (by: StoreInUse) => void
}

/**
 * The lock by which only one API uses a database: an advisory lock of PostgreSQL, held by a connection of its own. It ends with
 * that connection or with the process. If the connection is lost (the server was restarted), the lock is taken again as
 * soon as the server is back; meanwhile `held` is false, and nothing may be read or written.
 */
export class PostgresLock {
  readonly #url: string
  readonly #events: LockEvents
  /** Tells this process's connection from those of others, even if the server has not noticed yet that it is gone. */
  readonly #ownName: string
  #client: Client | undefined
  #beat: NodeJS.Timeout | undefined
  #closed = false

  private constructor(url: string, events: LockEvents) {
    this.#url = url
    this.#events = events
    const { application_name: name = '' } = connectionTo(url)
    this.#ownName = `${name.slice(0, 54)} ${randomUUID().slice(0, 8)}`
  }

  /**
   * @param url `DATABASE_URL`
   * @param patience how long to wait for another API that has the lock, or for the server
   * @throws {StoreInUse | StoreUnavailable} after that time
   * @throws {DatabaseError} when the server refuses this user or has no such database
   */
  static async take(url: string, patience: Patience, events: LockEvents): Promise<PostgresLock> {
    const lock = new PostgresLock(url, events)
    await patiently(() => lock.#take(), patience)
    return lock
  }

  get held(): boolean {
    return this.#client !== undefined
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#beat)
    const client = this.#client
    this.#client = undefined
    await client?.end()
  }

  async #take(): Promise<void> {
    const client = new Client({ ...connectionTo(this.#url), application_name: this.#ownName })
    // An error is also reported to the statement that is under way, and followed by `end`.
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query(KEEPALIVES)
      const { rows } = await client.query<{ taken: boolean }>(
        'SELECT pg_try_advisory_lock($1, $2) AS taken',
        [...KEY],
      )
      if (rows[0]?.taken !== true) throw await this.#inUse(client)
    } catch (error) {
      void client.end()
      if (error instanceof StoreInUse || isRefusal(error)) throw error
      const { message } = error as Error
      throw new StoreUnavailable(
        `${describeDatabase(this.#url)} cannot be reached (${message || String((error as NodeJS.ErrnoException).code)}).`,
        {
          cause: error,
        },
      )
    }
    if (this.#closed) return void client.end()
    this.#client = client
    client.once('end', () => this.#lost())
    this.#beat = setInterval(() => {
      // A server that does not answer counts as gone; the next connection decides.
      client.query('SELECT 1').catch(() => void client.end())
    }, BEAT_EVERY_MS)
  }

  /** Says who has the lock. If it is a connection of this process that broke, the server is told so. */
  async #inUse(client: Client): Promise<StoreInUse | StoreUnavailable> {
    const { rows } = await client.query<{ pid: number; name: string | null; since: Date | null }>(
      `SELECT pid, application_name AS name, backend_start AS since
       FROM pg_locks JOIN pg_stat_activity USING (pid)
       WHERE locktype = 'advisory' AND granted AND classid = $1 AND objid = $2
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [...KEY],
    )
    const [holder] = rows
    if (holder?.name === this.#ownName) {
      await client.query('SELECT pg_terminate_backend($1)', [holder.pid])
      return new StoreUnavailable('the server still has the lost connection')
    }
    const store = describeDatabase(this.#url)
    return new StoreInUse(store, holder && toHolder(holder), 'set DATABASE_URL to another database')
  }

  #lost(): void {
    clearInterval(this.#beat)
    this.#client = undefined
    if (this.#closed) return
    this.#events.onUsable(false)
    void this.#retake()
  }

  async #retake(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#take()
        return this.#events.onUsable(true)
      } catch (error) {
        if (error instanceof StoreInUse) return this.#events.onTaken(error)
      }
      await sleep(RETAKE_EVERY_MS)
    }
  }
}

/** Whether the server answers and refuses: wrong user or password, no such database, no right. */
const isRefusal = (error: unknown): boolean =>
  error instanceof DatabaseError && /^(?:28|3D|42)/.test(error.code ?? '')

/** Reads who holds the lock from the name of its connection. Rights can hide both from others. */
function toHolder({ name, since }: { name: string | null; since: Date | null }): Holder | undefined {
  const [, pid, host] = /^slicechat-api (\d+) (\S+)/.exec(name ?? '') ?? []
  if (pid === undefined || host === undefined || since === null) return undefined
  return { pid: Number(pid), host, since: since.toISOString() }
}
