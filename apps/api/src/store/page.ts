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

/** Rows that are read at once to be filtered, at least, and those that are filtered at once: calls and tokens go between. */
const [MIN_READ, FILTERED_AT_ONCE] = [64, 8]
/** Time after which no more rows are filtered, in milliseconds: the page ends, and the next one goes on from there. */
const FILTER_MS = 30

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
 * Reads one page of those rows that a filter keeps. When that takes long the page is shorter than its limit, or empty, and
 * has a cursor nevertheless.
 * @param filter which of some rows to keep
 * @param now a monotonic clock, in milliseconds
 */
export async function readFilteredPage<DB, TB extends keyof DB, R extends Row, Item>(
  select: SelectQueryBuilder<DB, TB, R>,
  column: string,
  { cursor, limit }: PageCall,
  toItem: (row: R) => Item,
  filter: (rows: readonly R[]) => Promise<readonly R[]> | readonly R[],
  now: () => number = () => performance.now(),
): Promise<Page<Item>> {
  const kept: R[] = []
  const until = now() + FILTER_MS
  const size = Math.max(MIN_READ, limit + 1)
  for (let from = cursor; ;) {
    const rows = await readRows(select, column, from, size)
    for (let at = 0; at < rows.length; at += FILTERED_AT_ONCE) {
      const some = rows.slice(at, at + FILTERED_AT_ONCE)
      kept.push(...(await filter(some)))
      if (kept.length > limit) return toPage(kept, limit, toItem)
      for (const last of some.slice(-1)) from = cursorAfter(last)
      const isLast = rows.length < size && at + FILTERED_AT_ONCE >= rows.length
      if (!isLast && now() > until) return { items: kept.map(toItem), nextCursor: from ?? null }
      await nextTurn()
    }
    if (rows.length < size) return toPage(kept, limit, toItem)
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
