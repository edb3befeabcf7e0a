import { createHash } from 'node:crypto'
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import { DatabaseError, Pool, type PoolClient, type PoolConfig, type QueryConfig } from 'pg'
import { storable } from './storable.ts'
import { StoreUnavailable } from '../store-unavailable.ts'

/** Most statements that a connection prepares before another takes its place. Few differ, but lists of values vary in length. */
const MAX_PREPARED = 200

/**
 * Classes of SQLSTATE, and single ones, that end without a change of the statement: the connection is lost, the server
 * stops, starts, recovers, lacks connections or memory, or only reads (a standby), or a statement took too long or met
 * another one.
 */
const TRANSIENT = /^(?:08|28|40|57)|^(?:3D000|25006|25P03|53000|53200|53300|53400|55006|55P03|58000|58030)$/
/** SQLSTATEs of a prepared statement that a change of a table has made invalid, or that the server does not have. */
const STALE: ReadonlySet<unknown> = new Set(['0A000', '26000'])

const names = new Map<string, string>()

/** The name under which a statement is prepared. */
function nameOf(sql: string): string {
  let name = names.get(sql)
  if (name === undefined) {
    if (names.size >= MAX_PREPARED) names.clear()
    name = createHash('sha256').update(sql).digest('base64url')
    names.set(sql, name)
  }
  return name
}

/** An error of pg as one of the store. Those that are the statement's own fault stay as they are. */
const toStoreError = (error: unknown): unknown =>
  error instanceof DatabaseError && !TRANSIENT.test(error.code ?? '') ? error : unavailable(error)

function unavailable(cause: unknown): StoreUnavailable {
  const { message } = cause as Error
  return new StoreUnavailable(`the database did not serve: ${message}`, { cause })
}

/** A connection of the pool, as Kysely uses one. It prepares each statement once, and leaves the pool after an error. */
class PreparingClient implements PostgresPoolClient {
  readonly #client: PoolClient
  readonly #prepared = new Set<string>()
  #spoilt = false

  constructor(client: PoolClient) {
    this.#client = client
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  query<R>(
    sql: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof sql === 'string') return this.#query(sql, parameters)
    throw new Error('results are not read through cursors')
  }

  async #query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    // A transaction ends with its connection. A rollback after that would fail and hide the cause.
    if (this.#spoilt && text === 'rollback') return { command: 'ROLLBACK', rowCount: 0, rows: [] }
    const idle = this.#client.getTransactionStatus() === 'I'
    const values = parameters.map(storable)
    const send = (config: QueryConfig): Promise<PostgresQueryResult<R>> =>
      this.#client.query(config) as Promise<unknown> as Promise<PostgresQueryResult<R>>
    try {
      if (values.length === 0) return await send({ text })
      const name = nameOf(text)
      this.#prepared.add(name)
      return await send({ name, text, values })
    } catch (error) {
      const stale = values.length > 0 && error instanceof DatabaseError && STALE.has(error.code)
      const failure = stale ? unavailable(error) : toStoreError(error)
      this.#spoilt ||= failure instanceof StoreUnavailable
      if (!stale || !idle) throw failure
      return await send({ text, values }).catch((second: unknown) => {
        throw toStoreError(second)
      })
    }
  }

  release(destroy = false): void {
    this.#client.release(destroy || this.#spoilt || this.#prepared.size >= MAX_PREPARED)
  }
}

/** The connections to a PostgreSQL database. */
export class PreparingPool implements PostgresPool {
  readonly options: object
  readonly #pool: Pool
  readonly #clients = new WeakMap<PoolClient, PreparingClient>()
  readonly #isOpen: () => boolean
  readonly #onEnd: () => Promise<void>

  /**
   * @param isOpen whether statements may be sent now
   * @param onEnd called once all connections are closed
   */
  constructor(config: PoolConfig, isOpen: () => boolean, onEnd: () => Promise<void>) {
    this.options = config
    this.#pool = new Pool(config)
    this.#isOpen = isOpen
    this.#onEnd = onEnd
    // A connection that breaks while it is used reports that to its query, and by an event that must not be unheard.
    this.#pool.on('connect', (client) => client.on('error', () => undefined))
    this.#pool.on('error', () => undefined)
  }

  /** @throws {StoreUnavailable} */
  async connect(): Promise<PostgresPoolClient> {
    if (!this.#isOpen()) throw new StoreUnavailable('there is no connection to the database')
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw toStoreError(error)
    })
    const known = this.#clients.get(client) ?? new PreparingClient(client)
    this.#clients.set(client, known)
    return known
  }

  async end(): Promise<void> {
    await this.#pool.end()
    await this.#onEnd()
  }
}
