import type { Page } from '@slicechat/contract'
import { type SelectQueryBuilder, sql } from 'kysely'

/** Which page of a list is asked for. */
export interface PageCall {
  /** `nextCursor` of the previous page: a time and an id. */
  cursor?: string | null | undefined
  limit: number
}

/**
 * Reads one page of a list, newest first.
 * @param select selects all rows of the list, with their time `at` and their `id`
 * @param column the column that `at` is read from
 */
export async function readPage<DB, TB extends keyof DB, Row extends { at: string; id: string }, Item>(
  select: SelectQueryBuilder<DB, TB, Row>,
  column: string,
  { cursor, limit }: PageCall,
  toItem: (row: Row) => Item,
): Promise<Page<Item>> {
  const at = sql.ref(column)
  let page = select
    .orderBy(at, 'desc')
    .orderBy(sql.ref('id'), 'desc')
    .limit(limit + 1)
  if (cursor !== undefined && cursor !== null) {
    const [before = '', id = ''] = cursor.split('~')
    page = page.where(sql<boolean>`(${at}, id) < (${before}, ${id})`)
  }
  const rows = await page.execute()
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(toItem),
    nextCursor: rows.length > limit && last ? `${last.at}~${last.id}` : null,
  }
}
