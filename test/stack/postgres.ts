import { dropTestDatabases } from '../../apps/api/src/testing/database.ts'
import { PostgresServer } from '../../apps/api/src/testing/postgres-server.ts'

/** Finds or starts the server for tests with PostgreSQL. Afterwards nothing of the tests is left on it. */
export default async function setup(): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL || undefined
  const server = given === undefined ? await PostgresServer.start() : undefined
  const url = given ?? server?.url ?? ''
  // Test processes inherit it.
  process.env.TEST_DATABASE_URL = url
  return async () => {
    if (server === undefined) await dropTestDatabases(url)
    else await server[Symbol.asyncDispose]()
  }
}
