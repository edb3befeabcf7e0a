import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { freshDatabase } from '../testing/database.ts'
import { PostgresServer } from '../testing/postgres-server.ts'
import { readAll } from '../testing/reading.ts'
import { startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

// outages.postgres.test.ts has short outages. This one lasts as long as a server of a cluster that moves to another node.
const AWAY_MS = 30_000

test('PostgreSQL that is gone for 30 s during answers costs none of them, and the API recovers by itself', async () => {
  await using server = await PostgresServer.start()
  await using database = await freshDatabase(server.url)
  await using stack = await startStack({ env: { DATABASE_URL: database.url }, simulator: { itlMs: 10 } })
  const client = stack.client()
  const { conversations, system } = client.api
  const send = (content: string) => client.send({ content })
  // Some end while the server is away, the others after it is back.
  const answers = ['[[tokens=1000]] a', '[[tokens=1500]] b', '[[tokens=4500]] c', '[[tokens=5000]] d'].map(
    send,
  )
  const ids = await Promise.all(answers.map((answer) => answer.ids))
  const reading = Promise.all(answers.map((answer) => readAll(answer)))
  let refused = 0

  const gone = performance.now()
  await server.stop()
  while (performance.now() - gone < AWAY_MS) {
    await expect(
      conversations.send.mutate({ requestId: randomUUID(), content: 'now' }),
    ).rejects.toMatchObject({ data: { code: 'STORE_UNAVAILABLE', httpStatus: 503, retryable: true } })
    refused++
    await sleep(1_000)
  }
  expect(refused).toBeGreaterThan(10)
  expect((await system.status.query()).store).toBe('down')
  expect((await stack.metrics()).requests()).toMatchObject({ success: 2 })
  await server.start()

  await until(async () => (await system.status.query()).store === 'up', 30_000)
  const read = await reading
  expect(read.map(({ finished }) => finished.reason)).toEqual(['stop', 'stop', 'stop', 'stop'])
  expect((await readAll(send('[[tokens=3]] again'))).finished.reason).toBe('stop')
  await stack.drain()
  // Another API reads what this one has stored: every acknowledged message, and of the refused ones none.
  await using next = await startStack({ env: { DATABASE_URL: database.url } })
  const { api } = next.client()
  for (const [i, { conversationId }] of ids.entries()) {
    const { messages } = await api.conversations.get.query({ id: conversationId })
    expect(messages[1]?.content).toBe(read[i]?.text)
    expect(messages[1]?.generation).toMatchObject({ status: 'finished', reason: 'stop' })
  }
  expect((await api.conversations.list.query()).items).toHaveLength(5)
}, 180_000)
