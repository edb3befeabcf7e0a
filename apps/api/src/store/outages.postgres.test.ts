import { randomUUID } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../testing/database.ts'
import { PostgresServer } from '../testing/postgres-server.ts'
import { readAll } from '../testing/reading.ts'
import { startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'
import { openDatabase } from './database.ts'
import type { StoreInUse } from './lock.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await PostgresServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())

/** A way to the server that can be closed, and that can lose an answer. */
class Way implements AsyncDisposable {
  readonly #listener = createServer((socket) => this.#accept(socket))
  readonly #sockets = new Set<Socket>()
  open = true
  /** A statement whose answer is lost with the connection, after the server has carried it out. */
  loses: string | undefined

  async to({ url }: FreshDatabase): Promise<string> {
    await new Promise<void>((resolve) => this.#listener.listen(0, '127.0.0.1', resolve))
    const { port } = this.#listener.address() as AddressInfo
    return Object.assign(new URL(url), { port: String(port) }).href
  }

  close(): void {
    this.open = false
    for (const socket of this.#sockets) socket.destroy()
  }

  #accept(near: Socket): void {
    if (!this.open) return void near.destroy()
    const far = connect(Number(new URL(server.url).port), '127.0.0.1')
    let lost = false
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => (near.destroy(), far.destroy()))
    }
    near.on('data', (bytes) => {
      lost ||= this.loses !== undefined && bytes.includes(this.loses)
      far.write(bytes)
    })
    far.on('data', (bytes) => {
      if (lost) this.close()
      else near.write(bytes)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await new Promise((resolve) => this.#listener.close(resolve))
  }
}

test.each(['SIGINT', 'SIGQUIT'] as const)(
  'while the server is away (%s) answers go on, nothing acknowledged is lost, and new calls are told to come again',
  async (signal) => {
    await using database = await freshDatabase(server.url)
    await using stack = await startStack({ env: { DATABASE_URL: database.url }, simulator: { itlMs: 4 } })
    const client = stack.client()
    const { conversations } = client.api
    const answers = Array.from({ length: 3 }, (_, i) => client.send({ content: `[[tokens=400]] ${i}` }))
    const ids = await Promise.all(answers.map((answer) => answer.ids))
    await server.stop(signal)
    // Refused at once, for as long as the server is away.
    for (let i = 0; i < 3; i++)
      await expect(
        conversations.send.mutate({ requestId: randomUUID(), content: 'now' }),
      ).rejects.toMatchObject({ data: { code: 'STORE_UNAVAILABLE', httpStatus: 503, retryable: true } })
    await expect(conversations.list.query({})).rejects.toMatchObject({
      data: { code: 'STORE_UNAVAILABLE' },
    })
    expect((await fetch(`${stack.api.url}/readyz`)).status).toBe(200)
    expect((await client.api.system.status.query()).store).toBe('down')
    const read = await Promise.all(answers.map((answer) => readAll(answer)))
    expect(read.map(({ finished }) => finished.reason)).toEqual(['stop', 'stop', 'stop'])

    await server.start()
    await until(async () => (await client.api.system.status.query()).store === 'up')
    const again = await readAll(client.send({ content: '[[tokens=3]] again' }))
    expect(again.finished.reason).toBe('stop')
    await stack.drain()
    // Another API reads what this one has stored.
    await using next = await startStack({ env: { DATABASE_URL: database.url } })
    for (const [i, { conversationId }] of ids.entries()) {
      const { messages } = await next.client().api.conversations.get.query({ id: conversationId })
      expect(messages[1]?.content).toBe(read[i]?.text)
      expect(messages[1]?.generation).toMatchObject({
        status: 'finished',
        reason: 'stop',
        droppedMessages: 0,
      })
      expect(messages[1]?.generation?.model).toMatch(/^sim\//)
    }
  },
)

test('a call that was stored, though the answer of the database got lost, is begun when it is repeated', async () => {
  await using database = await freshDatabase(server.url)
  await using way = new Way()
  await using stack = await startStack({ env: { DATABASE_URL: await way.to(database) } })
  const client = stack.client()
  const { conversations, generations, system } = client.api
  const content = '[[tokens=5]] hello'
  const calls = [
    [
      'insert into "generations"',
      (requestId: string) => generations.start.mutate({ requestId, messages: [{ role: 'user', content }] }),
    ],
    ['commit', (requestId: string) => conversations.send.mutate({ requestId, content })],
  ] as const
  for (const [statement, call] of calls) {
    const requestId = randomUUID()
    way.loses = statement
    await expect(call(requestId)).rejects.toMatchObject({ data: { code: 'STORE_UNAVAILABLE' } })
    way.loses = undefined
    way.open = true
    await until(async () => (await system.status.query()).store === 'up')
    const { generationId } = await call(requestId)
    const { text, finished } = await readAll(client.watch(generationId))
    expect(finished.reason).toBe('stop')
    expect(text).not.toBe('')
    expect((await call(requestId)).generationId).toBe(generationId)
  }
  const { items } = await conversations.list.query({})
  expect(items).toHaveLength(1)
  const { messages } = await conversations.get.query({ id: items[0]?.id ?? '' })
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
})

test('an API that lost its connection gives the store up to another one that has taken it', async () => {
  await using fresh = await freshDatabase(server.url)
  await using way = new Way()
  const events: string[] = []
  let taker: StoreInUse | undefined
  const first = await openDatabase(
    { DATA_DIR: '', DATABASE_URL: await way.to(fresh) },
    {
      onUsable: (usable) => events.push(usable ? 'back' : 'lost'),
      onTaken: (by) => {
        taker = by
      },
    },
  )
  const select = (): Promise<unknown> => first.selectFrom('runs').select('id').execute()
  // A short outage: it takes the store again.
  way.close()
  await until(() => events.includes('lost'))
  await expect(select()).rejects.toMatchObject({ name: 'StoreUnavailable' })
  way.open = true
  await until(() => events.includes('back'))
  await until(() =>
    select().then(
      () => true,
      () => false,
    ),
  )
  // A longer one: another API that waited for the store has it.
  way.close()
  const patience = { ms: 20_000, onWait: () => undefined }
  const second = await openDatabase({ DATA_DIR: '', DATABASE_URL: fresh.url }, { patience })
  way.open = true
  await until(() => taker !== undefined)
  expect(taker?.message).toContain(`is in use by another API (process ${process.pid} on `)
  await expect(select()).rejects.toMatchObject({ name: 'StoreUnavailable' })
  await second.selectFrom('runs').select('id').execute()
  await Promise.all([first.destroy(), second.destroy()])
})
