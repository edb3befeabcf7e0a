import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stack, startStack } from '../testing/stack.ts'

const KEY = 'bench-0123456789abcdef'
let stack: Stack
beforeAll(async () => {
  stack = await startStack({ env: { API_KEYS: `bench:${KEY}` } })
})
afterAll(() => stack[Symbol.asyncDispose]())

const start = (): object => ({ requestId: randomUUID(), messages: [{ role: 'user', content: 'Grüße 🎉' }] })
const json = { 'content-type': 'application/json', authorization: `Bearer ${KEY}` }

const calls: [what: string, path: string, headers: Record<string, string>, body: () => string][] = [
  ['a start', 'generations.start', json, () => JSON.stringify(start())],
  [
    'a start with a charset',
    'generations.start',
    { ...json, 'content-type': 'application/json; charset=utf-8' },
    () => JSON.stringify(start()),
  ],
  ['a stop of nothing', 'generations.stop', json, () => JSON.stringify({ generationId: randomUUID() })],
  ['a removal of nothing', 'conversations.remove', json, () => JSON.stringify({ id: randomUUID() })],
  ['a field too much', 'generations.start', json, () => JSON.stringify({ ...start(), more: 1 })],
  ['half a body', 'generations.start', json, () => '{"requestId":'],
  ['no body', 'generations.start', json, () => ''],
  ['a list', 'generations.start', json, () => '[]'],
  ['a body that is too large', 'generations.start', json, () => `"${'x'.repeat(33 * 1024 * 1024)}"`],
  [
    'nobody known',
    'generations.start',
    { 'content-type': 'application/json' },
    () => JSON.stringify(start()),
  ],
  ['a scope that is missing', 'admin.people.disable', json, () => JSON.stringify({ id: 'x' })],
  [
    'another site',
    'generations.start',
    { ...json, origin: 'https://elsewhere.example' },
    () => JSON.stringify(start()),
  ],
  ['no procedure', 'generations.begin', json, () => '{}'],
  ['a name of every object', 'constructor', json, () => '{}'],
  ['a query', 'conversations.list', json, () => '{}'],
]

test.each(calls)('%s is answered as by tRPC itself', async (_, path, headers, toBody) => {
  const body = toBody()
  // A URL with a query goes through tRPC's own handler.
  const [own, theirs] = await Promise.all(
    ['', '?x=1'].map(async (query) => {
      const response = await fetch(`${stack.api.url}/trpc/${path}${query}`, { method: 'POST', headers, body })
      const kept = ['content-type', 'vary', 'ratelimit', 'allow'].map((name) => response.headers.get(name))
      return { status: response.status, kept, body: (await response.json()) as unknown }
    }),
  )
  expect(own).toEqual(theirs)
  expect(own?.body).toHaveProperty(own?.status === 200 ? 'result' : 'error')
})

test('a caller who goes away in the middle of a call leaves nothing behind', async () => {
  const abort = new AbortController()
  const half = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{"requestId":')) })
  const call = fetch(`${stack.api.url}/trpc/generations.start`, {
    method: 'POST',
    headers: json,
    body: half,
    duplex: 'half',
    signal: abort.signal,
  } as RequestInit)
  setTimeout(() => abort.abort(), 200)
  await expect(call).rejects.toThrow('abort')
  const response = await fetch(`${stack.api.url}/trpc/generations.start`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify(start()),
  })
  expect(response.status).toBe(200)
})
