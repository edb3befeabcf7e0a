import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Page } from '@slicechat/contract'
import { type SelectQueryBuilder, sql } from 'kysely'
import { toIso } from './account-tables.ts'

/** Which page of a list is asked for. */
export interface PageCall {
  /** `nextCursor` of the previous page: a time and an id. */
  cursor?: string | null | undefined
  limit: number
}

/** Fewest and most rows that are read and filtered at once after the first ones; calls and tokens go between. */
const [MIN_FILTERED, MAX_FILTERED] = [8, 128]

type Row = { at: string | Date; id: string }

/**
 * Reads one page of a list, newest first.
 * @param select selects all rows of the list, with their time `at` and their `id`
 * @param column the column that `at` is read from
 */
export async function readPage<DB, TB extends keyof DB, R extends Row, Item>(
  select: SelectQueryBuilder<DB, TB, R>,
  column: string,
  { cursor, limit }: PageCall,
  toItem: (row: R) => Item,
): Promise<Page<Item>> {
  return toPage(await readRows(select, column, cursor, limit + 1), limit, toItem)
}

/**
 * Reads one page of those rows that a filter keeps.
 * @param filter which of some rows to keep
 */
export async function readFilteredPage<DB, TB extends keyof DB, R extends Row, Item>(
  select: SelectQueryBuilder<DB, TB, R>,
  column: string,
  { cursor, limit }: PageCall,
  toItem: (row: R) => Item,
  filter: (rows: readonly R[]) => Promise<readonly R[]> | readonly R[],
): Promise<Page<Item>> {
  const kept: R[] = []
  let from = cursor
  let size = limit + 1
  for (;;) {
    const rows = await readRows(select, column, from, size)
    kept.push(...(await filter(rows)))
    const last = rows.at(-1)
    if (kept.length > limit || rows.length < size || last === undefined) return toPage(kept, limit, toItem)
    from = cursorAfter(last)
    // A filter that keeps most rows needs few more for a full page.
    size = kept.length * 2 > limit ? Math.max(MIN_FILTERED, 2 * (limit + 1 - kept.length)) : MAX_FILTERED
    await nextTurn()
  }
}

const cursorAfter = ({ at, id }: Row): string => `${toIso(at)}~${id}`

function readRows<DB, TB extends keyof DB, R extends Row>(
  select: SelectQueryBuilder<DB, TB, R>,
  column: string,
  cursor: string | null | undefined,
  limit: number,
): Promise<R[]> {
  const at = sql.ref(column)
  let page = select.orderBy(at, 'desc').orderBy(sql.ref('id'), 'desc').limit(limit)
  if (cursor !== undefined && cursor !== null) {
    const [before = '', id = ''] = cursor.split('~')
    page = page.where(sql<boolean>`(${at}, id) < (${before}, ${id})`)
  }
  return page.execute()
}

/** @param rows the rows of the page, and one more if there is one */
function toPage<R extends Row, Item>(
  rows: readonly R[],
  limit: number,
  toItem: (row: R) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(toItem),
    nextCursor: rows.length > limit && last !== undefined ? cursorAfter(last) : null,
  }
}
