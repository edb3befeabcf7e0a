import type { RunSummary } from '@slicechat/contract'
import { sql } from 'kysely'
import { CodedError } from '../errors.ts'
import type { Database } from './database.ts'
import { containing } from './like.ts'

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
  async add(owner: string, summary: RunSummary, digest: string, content: Uint8Array): Promise<boolean> {
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

  /** Lists runs, newest first. `cursor` is the `nextCursor` of the previous page; `query` searches names. */
  async list(
    owner: string,
    {
      query = '',
      cursor,
      limit,
    }: { query?: string | undefined; cursor?: string | null | undefined; limit: number },
  ): Promise<{ items: RunSummary[]; nextCursor: string | null }> {
    let select = this.#db
      .selectFrom('runs')
      .select('summary')
      .where('owner', '=', owner)
      .orderBy('started_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
    if (cursor !== undefined && cursor !== null) {
      const [at = '', id = ''] = cursor.split('~')
      select = select.where(sql<boolean>`(started_at, id) < (${at}, ${id})`)
    }
    if (query.trim() !== '')
      select = select.where(sql<boolean>`name like ${containing(query.trim())} escape '\\'`)
    const rows = await select.execute()
    const items = rows.slice(0, limit).map(({ summary }) => JSON.parse(summary) as RunSummary)
    const last = items.at(-1)
    return { items, nextCursor: rows.length > limit && last ? `${last.startedAt}~${last.id}` : null }
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
