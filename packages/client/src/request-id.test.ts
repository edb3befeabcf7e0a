import { afterEach, expect, test, vi } from 'vitest'
import { createChatClient } from './chat-client.ts'
import { createRequestId } from './request-id.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

afterEach(() => vi.unstubAllGlobals())

test('ids are UUIDs of version 4, and differ', () => {
  const ids = Array.from({ length: 1_000 }, createRequestId)
  for (const id of ids) expect(id).toMatch(uuid)
  expect(new Set(ids).size).toBe(ids.length)
})

test('calls begin where a browser gives a page nothing of crypto but random values', async () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
  const seen: { id: string | null; body: { requestId?: string } }[] = []
  const client = createChatClient({
    url: 'http://slicechat.test',
    fetch: (_url, init) => {
      const id = new Headers(init?.headers).get('x-request-id')
      seen.push({ id, body: JSON.parse(init?.body as string) as { requestId?: string } })
      return Promise.reject(new DOMException('enough', 'AbortError'))
    },
  })
  const messages = [{ role: 'user' as const, content: 'Hello' }]
  const calls = [
    client.generate({ messages }).ids,
    client.send({ content: 'Hello' }).ids,
    client.regenerate({ messageId: createRequestId() }).ids,
  ]
  await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(calls.length))
  for (const { id, body } of seen.slice(0, calls.length)) {
    expect(id).toMatch(uuid)
    expect(body.requestId).toBe(id)
  }
  client.close()
  await Promise.allSettled(calls)
})
