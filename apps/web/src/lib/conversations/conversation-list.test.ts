import type { ConversationSummary } from '@slicechat/client'
import { expect, test } from 'vitest'
import { ConversationList } from './conversation-list.svelte.ts'

const stored = Array.from({ length: 150 }, (_, index): ConversationSummary => {
  const at = new Date(1e12 - index).toISOString()
  return { id: String(index), title: `title ${index}`, createdAt: at, updatedAt: at } as ConversationSummary
})

/** A list of 150 stored conversations, with the limits of its requests, and what it reported. */
function setUp() {
  const limits: number[] = []
  const told: unknown[] = []
  const api = {
    list: {
      query: ({ limit, cursor }: { limit: number; cursor: string | null }) => {
        limits.push(limit)
        const end = Number(cursor ?? 0) + limit
        const nextCursor = end < stored.length ? String(end) : null
        return Promise.resolve({ items: stored.slice(Number(cursor ?? 0), end), nextCursor })
      },
    },
    rename: { mutate: () => Promise.reject(new Error('refused')) },
  }
  const list = new ConversationList({ api: { conversations: api } } as never, {
    onChanged: (id) => told.push(id),
    onRemoved: (id) => told.push(`${id} removed`),
    onError: (error) => told.push(error),
  })
  return { list, limits, told }
}

test('a refresh is one request, however long the list has become', async () => {
  const { list, limits } = setUp()
  await list.refresh()
  for (let page = 1; page < 4; page++) await list.more()
  expect([list.items.length, list.hasMore]).toEqual([150, false])
  await list.refresh()
  expect([list.items.length, list.hasMore]).toEqual([100, true])
  expect(limits).toEqual([40, 40, 40, 40, 100])
})

test('pages that a search ends early are put together, the first ones and further ones', async () => {
  const counts = [3, 0, 37, 0, 39, 1, 5]
  const before = (page: number): number => counts.slice(0, page).reduce((sum, count) => sum + count, 0)
  let asked = 0
  const query = ({ limit }: { limit: number }) => {
    const at = asked++
    const items = stored.slice(before(at), before(at + 1))
    expect(items.length).toBeLessThanOrEqual(limit)
    return Promise.resolve({ items, nextCursor: at === counts.length - 1 ? null : String(at) })
  }
  const list = new ConversationList({ api: { conversations: { list: { query } } } } as never, {
    onChanged: () => undefined,
    onRemoved: () => undefined,
    onError: (error) => expect.fail(String(error)),
  })
  await list.search('common')
  expect([list.items.length, list.hasMore, asked]).toEqual([40, true, 3])
  await list.more()
  expect([list.items.length, list.hasMore, asked]).toEqual([80, true, 6])
  await list.more()
  expect(list.items).toEqual(stored.slice(0, 85))
  expect(list.hasMore).toBe(false)
})

test('a paused list refreshes when the last who paused it resumes', async () => {
  const { list, limits } = setUp()
  const [one, two] = [list.pause(), list.pause()]
  await list.refresh()
  one()
  expect(limits).toEqual([])
  two()
  expect(limits).toEqual([40])
})

test('a refused renaming is undone, and reported', async () => {
  const { list, told } = setUp()
  await list.refresh()
  const renaming = list.rename('3', 'other')
  expect(list.find('3')?.title).toBe('other')
  await renaming
  expect(list.find('3')?.title).toBe('title 3')
  expect(told).toEqual([new Error('refused')])
})
