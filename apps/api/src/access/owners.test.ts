import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { readAll } from '../testing/reading.ts'
import { startStack } from '../testing/stack.ts'

const alice = 'alice-0123456789abcdef'
const bob = 'bob-0123456789abcdef'

test.each(['websocket', 'sse'] as const)(
  'over %s, nothing of one owner is there for another',
  async (transport) => {
    await using stack = await startStack({ env: { API_KEYS: `alice:${alice},bob:${bob}` } })
    const hers = stack.client({ apiKey: alice, transport })
    const his = stack.client({ apiKey: bob, transport })
    const answer = hers.send({ content: '[[tokens=100]] secret' })
    const { conversationId: id, messageId, generationId } = await answer.ids
    const notFound = { data: { code: 'NOT_FOUND', httpStatus: 404 } }
    const { conversations, generations } = his.api
    const requestId = randomUUID()
    await expect(conversations.get.query({ id })).rejects.toMatchObject(notFound)
    await expect(conversations.export.query({ id })).rejects.toMatchObject(notFound)
    await expect(conversations.rename.mutate({ id, title: 'x' })).rejects.toMatchObject(notFound)
    await expect(conversations.remove.mutate({ id })).rejects.toMatchObject(notFound)
    await expect(
      conversations.send.mutate({ requestId, conversationId: id, content: 'x' }),
    ).rejects.toMatchObject(notFound)
    await expect(conversations.regenerate.mutate({ requestId, messageId })).rejects.toMatchObject(notFound)
    await expect(generations.stop.mutate({ generationId })).rejects.toMatchObject(notFound)
    await expect(
      generations.report.mutate({ generationId, ttftMs: 1, interTokenMsMean: 1, longestGapMs: 1 }),
    ).rejects.toMatchObject(notFound)
    await expect(readAll(his.watch(generationId))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await conversations.list.query({ query: 'secret' })).items).toEqual([])
    expect((await readAll(answer)).finished.reason).toBe('stop')
    await expect(readAll(his.watch(generationId))).rejects.toMatchObject({ code: 'NOT_FOUND' })

    const ids = await his.send({ content: '[[tokens=2]] hi' }).ids
    expect((await hers.api.conversations.list.query()).items.map((item) => item.id)).toEqual([id])
    expect((await his.api.conversations.list.query()).items.map((item) => item.id)).toEqual([
      ids.conversationId,
    ])
    // A request id that one owner used is free for another.
    const call = { requestId, content: '[[tokens=2]] hi' }
    const both = await Promise.all([hers, his].map(({ api }) => api.conversations.send.mutate(call)))
    expect(both[0]?.generationId).not.toBe(both[1]?.generationId)
  },
)

test('without a key, or with a wrong one, nothing works', async () => {
  await using stack = await startStack({ env: { API_KEYS: `alice:${alice}` } })
  for (const apiKey of [undefined, 'wrong-0123456789abcdef']) {
    const client = stack.client(apiKey === undefined ? {} : { apiKey })
    await expect(client.api.system.status.query()).rejects.toMatchObject({
      data: { code: 'UNAUTHENTICATED', httpStatus: 401 },
    })
    await expect(client.generate({ messages: [] }).ids).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await expect(
      readAll(
        stack.client({ transport: 'sse', ...(apiKey === undefined ? {} : { apiKey }) }).watch(randomUUID()),
      ),
    ).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  }
  expect((await fetch(`${stack.api.url}/healthz`)).status).toBe(200)
  expect((await fetch(`${stack.api.url}/readyz`)).status).toBe(200)
})
