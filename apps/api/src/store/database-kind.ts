import { type Kysely, PostgresAdapter } from 'kysely'

/** The databases that a store can be in. */
export type DatabaseKind = 'sqlite' | 'postgres'

/** Which database this is, or which one a transaction runs in. */
export const kindOf = <T>(database: Pick<Kysely<T>, 'getExecutor'>): DatabaseKind =>
  database.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite'
