import { hostname } from 'node:os'
import { Client, type ClientConfig, types } from 'pg'

/** Longest time to connect, and to wait for a connection of the pool. */
const CONNECT_TIMEOUT_MS = 5_000
/** Longest time for a statement. The server ends it; the client gives up soon after, in case the server is gone. */
const STATEMENT_TIMEOUT_MS = 10_000
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 2_000
/** Longest time for which the server waits for the next statement of a transaction, in which rows are locked. */
const IDLE_IN_TRANSACTION_MS = 30_000

/** Object ids of the types `int8` and `numeric`, which pg returns as text: counts and sums, all far below 2^53. */
const AS_NUMBER: ReadonlySet<number> = new Set([20, 1700])

/** How a program connects, with time-outs for what should be quick. @param url `DATABASE_URL` */
export const connectionTo = (url: string): ClientConfig => ({
  connectionString: url,
  application_name: `slicechat-api ${process.pid} ${hostname()}`,
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  keepAlive: true,
  statement_timeout: STATEMENT_TIMEOUT_MS,
  query_timeout: ANSWER_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  types: {
    getTypeParser: (oid, format) =>
      AS_NUMBER.has(oid) ? Number : (types.getTypeParser(oid, format) as (text: string) => unknown),
  },
})

/** The database as operators know it, without user and password. */
export function describeDatabase(url: string): string {
  const { database = '', host, port } = new Client({ connectionString: url })
  return `The database ${database} on ${host.startsWith('/') ? host : `${host}:${port}`}`
}
