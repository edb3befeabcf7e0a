import type { ChatClient, Message } from '@slicechat/client'
import { expect, test } from 'vitest'
import { readAll } from '../testing/reading.ts'
import { delta, events, startScripted } from '../testing/scripted-upstream.ts'
import { startStack } from '../testing/stack.ts'

test('a conversation keeps the model that it was given, also where the answer never began', async () => {
  await using upstream = await startScripted(
    (response) => events(response, delta('Hello', 'stop'), '[DONE]'),
    (response) =>
      response.setHeader('content-type', 'application/json').end('{"data":[{"id":"a"},{"id":"b"}]}'),
  )
  await using stack = await startStack({
    upstreamUrl: upstream.url,
    env: { MAX_ACTIVE_GENERATIONS: '1', QUEUE_TIMEOUT_S: '0.2' },
  })
  const client = stack.client()
  const answers = async (id: string): Promise<Message[]> =>
    (await client.api.conversations.get.query({ id })).messages.filter(({ role }) => role === 'assistant')
  const modelsOf = async (id: string): Promise<unknown[]> =>
    (await answers(id)).map(({ generation }) => generation?.model)
  const done = async (answer: ReturnType<ChatClient['send']>): Promise<string> => {
    await readAll(answer)
    return (await answer.ids).messageId
  }

  const first = client.send({ content: 'x', model: 'b' })
  const { conversationId } = await first.ids
  const messageId = await done(first)
  await done(client.regenerate({ messageId }))
  await done(client.regenerate({ messageId, model: 'a' }))
  expect(await modelsOf(conversationId)).toEqual(['b', 'b', 'a'])

  // This answer never ends and holds the only place, so the next one fails in the queue. Its model is known anyway.
  upstream.answerWith(() => {})
  const running = client.send({ content: 'long' })
  const { generationId } = await running.ids
  const waiting = client.send({ content: 'y', model: 'b' })
  const { conversationId: other } = await waiting.ids
  expect(await modelsOf(other)).toEqual(['b'])
  const { finished, events: told } = await readAll(waiting)
  expect(finished.error?.code).toBe('QUEUE_TIMEOUT')
  const [failed] = await answers(other)
  expect(failed?.generation).toMatchObject({ status: 'finished', model: 'b' })
  // Read again from the store, the stream is the same: a named model does not add a `started` event.
  const again = await readAll(client.watch(failed?.generation?.id ?? ''))
  expect(again.events.map(({ type }) => type)).not.toContain('started')
  expect(told.map(({ type }) => type)).not.toContain('started')
  await client.stop(generationId)
  upstream.answerWith((response) => events(response, delta('Hello', 'stop'), '[DONE]'))
  await done(client.regenerate({ messageId: failed?.id ?? '' }))
  expect(await modelsOf(other)).toEqual(['b', 'b'])
})

test('the status tells of each change to the caller’s conversations, and of nobody else’s', async () => {
  const [ann, bob] = ['ann-ann-ann-ann-ann', 'bob-bob-bob-bob-bob']
  await using stack = await startStack({ env: { API_KEYS: `ann:${ann},bob:${bob}` } })
  const client = stack.client({ apiKey: ann })
  const { api } = client
  const revision = async (): Promise<number> => (await api.system.status.query()).conversationsRevision
  expect(await revision()).toBe(0)
  const answer = client.send({ content: '[[tokens=3]] x' })
  const { conversationId: id, messageId } = await answer.ids
  expect(await revision()).toBe(1)
  await readAll(answer)
  await readAll(client.regenerate({ messageId }))
  expect(await revision()).toBe(2)
  await api.conversations.rename.mutate({ id, title: 'y' })
  const file = await api.conversations.export.query({ id })
  await api.conversations.import.mutate(file)
  await api.conversations.remove.mutate({ id })
  expect(await revision()).toBe(5)
  await expect(api.conversations.rename.mutate({ id, title: 'z' })).rejects.toThrow()
  expect(await revision()).toBe(5)
  expect((await stack.client({ apiKey: bob }).api.system.status.query()).conversationsRevision).toBe(0)
})
