import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { sql } from 'kysely'
import { StreamMeter } from '@slicechat/metrics/reading'
import { afterAll, expect, test } from 'vitest'
import { openTestDatabase, TEST_KINDS } from '../../testing/database.ts'
import { ConversationStore } from '../conversations.ts'
import { kindOf } from '../database-kind.ts'
import { EMBEDDED_INSTANCE, openDatabase } from '../database.ts'
import { GenerationStore } from '../generations.ts'
import type { Database } from '../tables.ts'
import { foldCase } from './grams.ts'
import { SearchIndexer } from './indexer.ts'
import { filled, text } from './testing/texts.ts'

const database = await openDatabase({ DATA_DIR: ':memory:' })
afterAll(() => database.destroy())

const conversation = fc.record({
  owner: fc.constantFrom('local', 'ann'),
  title: filled(6),
  texts: fc.array(text(30), { maxLength: 6 }),
  /** What happens before the search, in this order. */
  steps: fc.array(fc.constantFrom('index', 'rename', 'append', 'remove'), { maxLength: 4 }),
  later: filled(8),
})

/** Plain comparison of what search has to find. */
const includes = (texts: readonly string[], query: string): boolean =>
  texts.some((one) => foldCase(one).includes(foldCase(query.trim())))

async function append(store: ConversationStore, owner: string, id: string, content: string): Promise<void> {
  await store.transaction(async (transaction) => {
    await store.touch(transaction, owner, id)
    const newest = await store.newest(transaction, id)
    const message = { id: randomUUID(), parentId: null, role: 'user', content } as const
    await store.append(transaction, id, [message], (newest?.ordinal ?? -1) + 1)
  })
}

/** All pages of a search. */
async function found(store: ConversationStore, owner: string, query: string): Promise<string[]> {
  const ids: string[] = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await store.list(owner, { query, cursor, limit: 2 })
    ids.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  }
  return ids
}

test.each(TEST_KINDS)(
  'on %s, search finds what a plain comparison finds, whatever of it is indexed, in the order of the list',
  async (kind) => {
    const database = await openTestDatabase(kind)
    const store = new ConversationStore(database)
    const indexer = new SearchIndexer(database, () => undefined)
    const corpus = fc.array(conversation, { maxLength: 6 })
    // Queries are anything, or a part of what is there.
    const queries = fc.array(
      fc.oneof(
        filled(3),
        fc.record({ at: fc.nat(), from: fc.nat(), length: fc.integer({ min: 1, max: 12 }) }),
      ),
      { minLength: 8, maxLength: 8 },
    )
    await fc.assert(
      fc.asyncProperty(corpus, queries, async (conversations, asked) => {
        await database.deleteFrom('conversations').execute()
        const there = new Map<string, { owner: string; texts: string[] }>()
        for (const { owner, title, texts, steps, later } of conversations) {
          const id = await store.transaction(async (transaction) => {
            const made = await store.create(transaction, owner, title)
            const messages = texts.map((content) => ({
              id: randomUUID(),
              parentId: null,
              role: 'assistant' as const,
              content,
            }))
            await store.append(transaction, made, messages, 0)
            return made
          })
          let known = [title, ...texts]
          there.set(id, { owner, texts: known })
          for (const step of steps) {
            if (!there.has(id)) break
            if (step === 'index') await indexer.fill()
            else if (step === 'rename') {
              await store.rename(owner, id, later)
              known = [later, ...known.slice(1)]
            } else if (step === 'append') {
              await append(store, owner, id, later)
              known = [...known, later]
            } else {
              await store.remove(owner, id)
              there.delete(id)
            }
            if (there.has(id)) there.set(id, { owner, texts: known })
          }
        }
        const all = [...there.values()].flatMap(({ texts }) => texts)
        const part = ({ at, from, length }: { at: number; from: number; length: number }): string => {
          const characters = Array.from(all[at % Math.max(1, all.length)] ?? '中')
          return characters
            .slice(from % characters.length)
            .slice(0, length)
            .join('')
        }
        await expectIndexOfDocuments(database)
        for (const owner of ['local', 'ann']) {
          const list = await found(store, owner, '')
          for (const query of asked.map((one) => (typeof one === 'string' ? one : part(one))))
            if (query.trim() !== '')
              expect(await found(store, owner, query), query).toEqual(
                list.filter((id) => includes(there.get(id)?.texts ?? [], query)),
              )
        }
      }),
      { numRuns: kind === 'sqlite' ? 150 : 40 },
    )
    await database.destroy()
  },
  120_000,
)

test('a search whose time is up ends its page, and the next page goes on from there', async () => {
  const database = await openTestDatabase('sqlite')
  let time = 0
  // Every look at the clock is a second after the one before.
  const store = new ConversationStore(database, () => (time += 1_000))
  const ids: string[] = []
  for (let number = 0; number < 70; number++) {
    const id = await store.transaction((transaction) => store.create(transaction, 'ann', '标题'))
    await append(store, 'ann', id, number % 30 === 0 ? '找到的话' : '到的，找到，的话')
    ids.push(id)
  }
  await new SearchIndexer(database, () => undefined).fill()
  const order = await found(store, 'ann', '')
  expect(await store.list('ann', { query: '找到的话', limit: 40 })).toMatchObject({
    nextCursor: expect.stringContaining(order[7] ?? 'none') as string,
  })
  const expected = new Set([0, 30, 60].map((number) => ids[number]))
  expect(await found(store, 'ann', '找到的话')).toEqual(order.filter((id) => expected.has(id)))
  await database.destroy()
})

test.each(TEST_KINDS)('on %s, each of many documents of a conversation is searched', async (kind) => {
  const database = await openTestDatabase(kind)
  const store = new ConversationStore(database)
  const id = await store.transaction((transaction) => store.create(transaction, 'ann', '长对话'))
  for (let at = 0; at < 70; at++) await append(store, 'ann', id, `第${at}句号${'一二三四'.repeat(2_048)}`)
  await new SearchIndexer(database, () => undefined).fill()
  expect(await documents(database, 'ann')).toBe(71)
  for (const at of [0, 5, 37, 38, 69]) expect(await found(store, 'ann', `第${at}句号一`)).toEqual([id])
  // It has all parts of this in several documents.
  expect(await found(store, 'ann', '句号一二四一')).toEqual([])
  expect(await found(store, 'ann', '二三四第6句')).toEqual([])
  await database.destroy()
})

test('a running answer is found by what is stored of it, and by its end', async () => {
  const store = new ConversationStore(database)
  const generations = new GenerationStore(database, EMBEDDED_INSTANCE)
  const indexer = new SearchIndexer(database, () => undefined)
  const owner = `owner-${randomUUID()}`
  const generationId = randomUUID()
  await store.transaction(async (transaction) => {
    const conversationId = await store.create(transaction, owner, '标题')
    await generations.insert(
      { id: generationId, owner, requestId: randomUUID(), params: {}, conversationId },
      transaction,
    )
    const answer = { id: randomUUID(), parentId: null, role: 'assistant', content: '', generationId } as const
    await store.append(transaction, conversationId, [answer], 0)
  })
  const snapshot = {
    ...{ id: generationId, content: '天气', reasoning: '', seq: 2 },
    ...{ model: 'm', droppedMessages: 0, usage: undefined },
  }
  await generations.save([snapshot])
  await indexer.fill()
  expect(await found(store, owner, '天气')).toHaveLength(1)
  expect(await found(store, owner, '标题')).toHaveLength(1)
  expect(await documents(database, owner)).toBe(0)

  await generations.finish([
    {
      snapshot: { ...snapshot, content: '天气很好' },
      event: {
        type: 'finished',
        reason: 'stop',
        timings: new StreamMeter().timings(),
      },
    },
  ])
  expect(await found(store, owner, '很好')).toHaveLength(1)
  await indexer.fill()
  expect(await documents(database, owner)).toBe(2)
  expect(await found(store, owner, '很好')).toHaveLength(1)
  expect(await found(store, owner, '很坏')).toEqual([])
})

test.each(TEST_KINDS)(
  'on %s, a conversation that grows has few documents, and none is left when it is removed',
  async (kind) => {
    const database = await openTestDatabase(kind)
    const store = new ConversationStore(database)
    const indexer = new SearchIndexer(database, () => undefined)
    const owner = `owner-${randomUUID()}`
    const id = await store.transaction((transaction) => store.create(transaction, owner, '长对话'))
    // A number as in a store of many conversations.
    await sql`update conversations set search_number = 1000000 where id = ${id}`.execute(database)
    for (let at = 0; at < 40; at++) {
      await append(store, owner, id, `第${at}句${'话'.repeat(600)}`)
      await indexer.fill()
    }
    // 13 texts of 604 fit into a document of 8,192: four documents for 40 texts, and one for the title.
    expect(await documents(database, owner)).toBe(5)
    for (const at of [0, 20, 39]) expect(await found(store, owner, `第${at}句`)).toEqual([id])
    await store.remove(owner, id)
    expect(await found(store, owner, '句话')).toEqual([])
    const left = await database
      .selectFrom('search_documents')
      .selectAll()
      .where('conversation_id', '=', id)
      .execute()
    expect(left).toEqual([])
    await expectIndexOfDocuments(database)
    await database.destroy()
  },
)

/** The index has what the table of documents has: a document that is left in it would be found under another's number. */
async function expectIndexOfDocuments(database: Database): Promise<void> {
  // PostgreSQL's index is one of the table itself.
  if (kindOf(database) === 'postgres') return
  const { rows } = await sql<{ extra: number }>`select count(*) as extra from (
    select id from search_index_docsize except select id from search_documents)`.execute(database)
  expect(rows[0]?.extra).toBe(0)
}

async function documents(db: Database, owner: string): Promise<number> {
  const rows = await db
    .selectFrom('search_documents')
    .innerJoin('conversations', 'conversations.id', 'conversation_id')
    .select('search_documents.id')
    .where('owner', '=', owner)
    .execute()
  return rows.length
}
