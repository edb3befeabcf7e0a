// Runs everything that touches the store with PostgreSQL: a server at TEST_DATABASE_URL, or one that is started here.
import { PostgresServer } from '../apps/api/src/testing/postgres-server.ts'
import { printClosing, runVitest } from './vitest-suite.ts'

if (!process.env.TEST_DATABASE_URL && !PostgresServer.isInstalled()) {
  console.error(
    'PostgreSQL is needed: install it (Debian: postgresql), or name a server in TEST_DATABASE_URL.',
  )
  process.exit(1)
}
// Started once for all projects.
const server = process.env.TEST_DATABASE_URL ? undefined : await PostgresServer.start()
const TEST_DATABASE_URL = server?.url ?? process.env.TEST_DATABASE_URL
const result = await runVitest('postgres*', { env: { TEST_DATABASE_URL } })
await server?.[Symbol.asyncDispose]()
printClosing(result)
process.exit(result.ok ? 0 : 1)
