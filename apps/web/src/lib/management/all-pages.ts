import type { Page } from '@slicechat/contract'

/** Most pages of a list that are shown; whoever has more looks at the newest. */
const MAX_PAGES = 20

/** Fetches a list to its end. */
export async function allPages<T>(fetch: (cursor: string | null) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  let cursor: string | null = null
  for (let page = 0; page < MAX_PAGES; page++) {
    const next: Page<T> = await fetch(cursor)
    items.push(...next.items)
    cursor = next.nextCursor
    if (cursor === null) break
  }
  return items
}
