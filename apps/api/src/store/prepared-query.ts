import type { Compilable, CompiledQuery, QueryResult } from 'kysely'
import type { Database } from './tables.ts'

/** Stands in a compiled query for a value that each call brings. */
class Placeholder {
  declare private readonly brand: never
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/**
 * A query that is built and compiled once, and run with other values each time. Kysely needs several times as long to build
 * and compile a small query as SQLite to run it, so the queries of a start and of an answer's end are prepared.
 */
export class PreparedQuery<Values extends object, Row = unknown> {
  readonly #compiled: CompiledQuery<Row>

  /** @param build builds the query, with `value(name)` where a call's value goes */
  constructor(
    build: (value: <Name extends keyof Values & string>(name: Name) => Values[Name]) => Compilable<Row>,
  ) {
    this.#compiled = build((name) => new Placeholder(name) as never).compile()
  }

  /** @param target the database, or a transaction */
  run(target: Database, values: Values): Promise<QueryResult<Row>> {
    const parameters = this.#compiled.parameters.map((parameter) =>
      parameter instanceof Placeholder ? values[parameter.name as keyof Values] : parameter,
    )
    return target.executeQuery({ ...this.#compiled, parameters })
  }

  /** The first row, if there is one. */
  async first(target: Database, values: Values): Promise<Row | undefined> {
    return (await this.run(target, values)).rows[0]
  }
}
