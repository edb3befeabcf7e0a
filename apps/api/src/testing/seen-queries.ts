import type { CompiledQuery, KyselyPlugin, RootOperationNode } from 'kysely'
import type { Database } from '../store/tables.ts'

/** A database that notes the queries which are sent through it. */
export interface WatchedDatabase {
  database: Database
  /** The queries since the last call. */
  take: () => CompiledQuery[]
}

/** @param database the database that gets the queries */
export function watchQueries(database: Database): WatchedDatabase {
  const nodes: RootOperationNode[] = []
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      nodes.push(node)
      return node
    },
    transformResult: ({ result }) => Promise.resolve(result),
  }
  return {
    database: database.withPlugin(plugin),
    take: () => nodes.splice(0).map((node) => database.getExecutor().compileQuery(node, { queryId: 'seen' })),
  }
}
