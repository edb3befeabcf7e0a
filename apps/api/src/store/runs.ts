import type { Page, RunSummary } from '@slicechat/contract'
import type { Outcome } from '@slicechat/run/outcome'
import { CodedError } from '../errors.ts'
import { type PageCall, readFilteredPage } from './page.ts'
import { foldCase } from './search/grams.ts'
import type { Database } from './tables.ts'

/**
 * What is stored of a run for the list: its outcome is codes and numbers. Summaries from before have the sentence
 * instead.
 */
export type StoredSummary = Omit<RunSummary, 'verdict'> & ({ outcome: Outcome } | { verdict: string })

const notFound = (): CodedError => new CodedError('NOT_FOUND', 'There is no such run.')

/**
 * Stores uploaded load test runs: the summary for the list, and the whole run, compressed. Calls see only the owner's
 * runs.
 */
export class RunStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Adds a run. @returns `false` if the owner already has a run with this id */
  async add(owner: string, summary: StoredSummary, digest: string, content: Uint8Array): Promise<boolean> {
    const { id, name, startedAt } = summary
    const result = await this.#db
      .insertInto('runs')
      .values({
        owner,
        id,
        name,
        digest,
        content,
        started_at: startedAt,
        summary: JSON.stringify(summary),
        uploaded_at: new Date().toISOString(),
      })
      .onConflict((conflict) => conflict.columns(['owner', 'id']).doNothing())
      .executeTakeFirst()
    return result.numInsertedOrUpdatedRows === 1n
  }

  /** Lists runs, newest first; `query` searches names. */
  list(
    owner: string,
    { query = '', ...page }: PageCall & { query?: string | undefined },
  ): Promise<Page<StoredSummary>> {
    const text = foldCase(query.trim())
    // An owner has few runs, and names are short: the names are compared here, as the texts of conversations are.
    return readFilteredPage(
      this.#db
        .selectFrom('runs')
        .select(['id', 'name', 'summary', 'started_at as at'])
        .where('owner', '=', owner),
      'started_at',
      page,
      ({ summary }) => JSON.parse(summary) as StoredSummary,
      (rows) => rows.filter(({ name }) => foldCase(name).includes(text)),
    )
  }

  async digest(owner: string, id: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom('runs')
      .select('digest')
      .where('owner', '=', owner)
      .where('id', '=', id)
      .executeTakeFirst()
    return row?.digest
  }

  /** The whole run, compressed. @throws {CodedError} NOT_FOUND */
  async content(owner: string, id: string): Promise<Uint8Array> {
    const row = await this.#db
      .selectFrom('runs')
      .select('content')
      .where('owner', '=', owner)
      .where('id', '=', id)
      .executeTakeFirst()
    if (row === undefined) throw notFound()
    return row.content
  }

  /** @throws {CodedError} NOT_FOUND */
  async remove(owner: string, id: string): Promise<void> {
    const result = await this.#db
      .deleteFrom('runs')
      .where('owner', '=', owner)
      .where('id', '=', id)
      .executeTakeFirst()
    if (result.numDeletedRows === 0n) throw notFound()
  }
}
