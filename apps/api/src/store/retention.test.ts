import { randomUUID } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { ConversationStore } from './conversations.ts'
import { EMBEDDED_INSTANCE } from './database.ts'
import { openSuiteDatabase } from '../testing/database.ts'
import { ON_POSTGRES } from '../testing/env.ts'
import { GenerationStore } from './generations.ts'
import { Retention } from './retention.ts'
import { RunStore } from './runs.ts'

const DAY_MS = 86_400_000

const database = await openSuiteDatabase()
afterAll(() => database.destroy())
const conversations = new ConversationStore(database)
const generations = new GenerationStore(database, EMBEDDED_INSTANCE)

/** Makes a conversation with one answer. */
async function conversation(owner: string, { open }: { open: boolean }): Promise<string> {
  return conversations.transaction(async (transaction) => {
    const conversationId = await conversations.create(transaction, owner, 'title')
    const generationId = randomUUID()
    await generations.insert(
      { id: generationId, owner, requestId: randomUUID(), params: {}, conversationId },
      transaction,
    )
    if (!open)
      await transaction
        .updateTable('generations')
        .set({ status: 'finished', reason: 'stop' })
        .where('id', '=', generationId)
        .execute()
    const answer = { id: randomUUID(), parentId: null, role: 'assistant', content: '', generationId } as const
    await conversations.append(transaction, conversationId, [answer], 0)
    return conversationId
  })
}

const usedAt = (id: string, at: number): Promise<unknown> =>
  database
    .updateTable('conversations')
    .set({ updated_at: new Date(at).toISOString() })
    .where('id', '=', id)
    .execute()

test('conversations leave with all that is theirs so many days after their last use, but not during an answer', async () => {
  const now = Date.now()
  const old = await Promise.all(Array.from({ length: 120 }, () => conversation('ann', { open: false })))
  for (const id of old) await usedAt(id, now - 31 * DAY_MS)
  const young = await conversation('ann', { open: false })
  await usedAt(young, now - 29 * DAY_MS)
  const answering = await conversation('bob', { open: true })
  await usedAt(answering, now - 31 * DAY_MS)

  const removedOf: string[] = []
  const retention = new Retention(database, {
    conversationDays: 30,
    runDays: undefined,
    onConversation: (owner) => removedOf.push(owner),
    onRun: () => expect.unreachable(),
  })
  expect(await retention.sweep(now)).toEqual({ conversations: 120, runs: 0 })
  expect(new Set(removedOf)).toEqual(new Set(['ann']))
  expect((await conversations.list('ann', { limit: 10 })).items.map(({ id }) => id)).toEqual([young])
  expect((await conversations.list('bob', { limit: 10 })).items.map(({ id }) => id)).toEqual([answering])
  for (const table of ['messages', 'generations'] as const) {
    const rows = await database.selectFrom(table).select('conversation_id').execute()
    expect(new Set(rows.map((row) => row.conversation_id))).toEqual(new Set([young, answering]))
  }
  expect(await retention.sweep(now)).toEqual({ conversations: 0, runs: 0 })
  // Once the answer has ended, it goes too.
  await database.updateTable('generations').set({ status: 'finished' }).execute()
  expect(await retention.sweep(now)).toEqual({ conversations: 1, runs: 0 })
})

test('runs leave so many days after their upload', async () => {
  const runs = new RunStore(database)
  const now = Date.now()
  for (const [id, days] of [
    ['old', 8],
    ['new', 6],
  ] as const) {
    await runs.add(
      'ann',
      { id, name: id, startedAt: new Date(now).toISOString() } as never,
      'd',
      new Uint8Array(1),
    )
    await database
      .updateTable('runs')
      .set({ uploaded_at: new Date(now - days * DAY_MS).toISOString() })
      .where('id', '=', id)
      .execute()
  }
  const options = {
    conversationDays: undefined,
    onConversation: () => expect.unreachable(),
    onRun: () => undefined,
  }
  expect(await new Retention(database, { ...options, runDays: undefined }).sweep(now)).toMatchObject({
    runs: 0,
  })
  expect(await new Retention(database, { ...options, runDays: 7 }).sweep(now)).toMatchObject({ runs: 1 })
  expect((await runs.list('ann', { limit: 10 })).items.map(({ id }) => id)).toEqual(['new'])
})

// With one connection, as SQLite has, the message comes between the two; with several it could come after.
test.skipIf(ON_POSTGRES)(
  'a conversation that somebody goes on with while it is about to be removed stays',
  async () => {
    const now = Date.now()
    const ids = [await conversation('carl', { open: false }), await conversation('carl', { open: false })]
    for (const [at, id] of ids.entries()) await usedAt(id, now - 40 * DAY_MS + at)
    const retention = new Retention(database, {
      conversationDays: 30,
      runDays: undefined,
      // The first is gone; before the second, which is already listed, comes a new message.
      onConversation: () =>
        void conversations.transaction((transaction) =>
          conversations.touch(transaction, 'carl', ids[1] ?? ''),
        ),
      onRun: () => undefined,
    })
    expect(await retention.sweep(now)).toEqual({ conversations: 1, runs: 0 })
    expect((await conversations.list('carl', { limit: 10 })).items.map(({ id }) => id)).toEqual([ids[1]])
  },
)
