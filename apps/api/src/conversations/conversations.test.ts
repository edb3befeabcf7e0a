import { randomUUID } from 'node:crypto'
import type { ChatClient } from '@slicechat/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Read, readAll } from '../testing/reading.ts'
import { type Stack, startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

let stack: Stack
let client: ChatClient
let conversations: ChatClient['api']['conversations']
beforeAll(async () => {
  stack = await startStack({ simulator: { maxModelLen: 600 } })
  client = stack.client()
  conversations = client.api.conversations
})
afterAll(() => stack[Symbol.asyncDispose]())

interface Sent extends Read {
  conversationId: string
  messageId: string
  userMessageId: string
}

async function send(input: Parameters<ChatClient['send']>[0]): Promise<Sent> {
  const answer = client.send(input)
  const ids = await answer.ids
  return { ...(await readAll(answer)), ...ids }
}

test('a message opens a conversation, an answer follows, and both are kept', async () => {
  const { conversationId, userMessageId, messageId, text } = await send({
    content: '[[tokens=9]] Hello **there**',
  })
  const { title, messages } = await until(async () => {
    const conversation = await conversations.get.query({ id: conversationId })
    return conversation.messages[1]?.generation?.status === 'finished' ? conversation : null
  })
  expect(title).toBe('[[tokens=9]] Hello there')
  expect(messages).toMatchObject([
    { id: userMessageId, parentId: null, role: 'user', content: '[[tokens=9]] Hello **there**' },
    {
      id: messageId,
      parentId: userMessageId,
      role: 'assistant',
      content: text,
      generation: { reason: 'stop', usage: { completionTokens: 9 }, model: stack.simulator.model },
    },
  ])
  const seq = messages[1]?.generation?.seq ?? ''
  const generationId = messages[1]?.generation?.id ?? ''
  const rest = await readAll(client.watch(generationId, { lastEventId: seq }))
  expect(rest.events.map(({ type }) => type)).toEqual(['finished'])
})

test('a snapshot of a running answer and the stream after it are the whole answer', async () => {
  const answer = client.send({ content: '[[tokens=400]] Take your time' })
  const { conversationId, generationId } = await answer.ids
  const snapshot = await until(async () => {
    const { messages } = await conversations.get.query({ id: conversationId })
    return messages[1]?.content ? messages[1] : null
  })
  const [rest, whole] = await Promise.all([
    readAll(client.watch(generationId, { lastEventId: snapshot.generation?.seq ?? '' })),
    readAll(answer),
  ])
  expect(snapshot.generation?.status).toBe('running')
  expect(snapshot.content + rest.text).toBe(whole.text)
})

test('asking again and editing make branches; each follows its own', async () => {
  const first = await send({ content: '[[echo]] one' })
  const again = client.regenerate({ messageId: first.messageId })
  const ids = await again.ids
  await readAll(again)
  expect(ids).toMatchObject({ conversationId: first.conversationId, userMessageId: first.userMessageId })
  expect(ids.messageId).not.toBe(first.messageId)
  const { conversationId } = first
  await send({ conversationId, parentId: first.messageId, content: '[[echo]] below the first' })
  const edited = await send({ conversationId, parentId: null, content: '[[echo]] another root' })
  const newest = await send({ conversationId, content: '[[echo]] goes on there' })
  const { messages } = await conversations.get.query({ id: conversationId })
  expect(messages.map(({ role }) => role).join()).toBe(
    'user,assistant,assistant,user,assistant,user,assistant,user,assistant',
  )
  expect(messages.find(({ id }) => id === edited.userMessageId)?.parentId).toBeNull()
  expect(messages.find(({ id }) => id === newest.userMessageId)?.parentId).toBe(edited.messageId)
  await expect(
    conversations.send.mutate({
      requestId: randomUUID(),
      conversationId,
      parentId: randomUUID(),
      content: 'x',
    }),
  ).rejects.toMatchObject({ data: { code: 'BAD_INPUT', field: 'parentId' } })
  await expect(
    conversations.regenerate.mutate({ requestId: randomUUID(), messageId: first.userMessageId }),
  ).rejects.toMatchObject({ data: { code: 'BAD_INPUT', field: 'messageId' } })
})

test('history that does not fit the context is cut, and the cut is told', async () => {
  const long = `[[tokens=5]] ${'several words of history '.repeat(40)}`
  const { conversationId } = await send({ content: long })
  await send({ conversationId, content: long })
  const { events, finished } = await send({ conversationId, content: '[[tokens=5]] and now?' })
  expect(finished.reason).toBe('stop')
  const dropped = events.find(({ type }) => type === 'started')
  expect(dropped).toMatchObject({ droppedMessages: 2 })
  const { messages } = await conversations.get.query({ id: conversationId })
  expect(messages.at(-1)?.generation?.droppedMessages).toBe(2)
  const alone = await send({ content: long.repeat(4) })
  expect(alone.finished.error?.code).toBe('CONTEXT_TOO_LONG')
})

test('pages of the list hold every conversation once, newest first, and search finds by text', async () => {
  for (let i = 0; i < 7; i++) await send({ content: `[[tokens=2]] page ${i} 100%_sure` })
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof conversations.list.query>> = await conversations.list.query({
      query: '100%_SURE',
      limit: 3,
      cursor,
    })
    seen.push(...page.items.map(({ title }) => title))
    cursor = page.nextCursor
  } while (cursor !== null)
  expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((n) => `[[tokens=2]] page ${n} 100%_sure`))
  expect((await conversations.list.query({ query: '100x' })).items).toEqual([])
  expect((await conversations.list.query()).items.length).toBeGreaterThan(7)
  await expect(conversations.list.query({ cursor: "' or 1=1" })).rejects.toMatchObject({
    data: { code: 'BAD_INPUT', field: 'cursor' },
  })
})

test('a conversation is renamed, exported, imported with the same tree, and removed', async () => {
  const { conversationId } = await send({ content: '[[reasoning]] [[tokens=60]] think 😀' })
  await send({ conversationId, parentId: null, content: '[[echo]] 第二' })
  await conversations.rename.mutate({ id: conversationId, title: '  New title ' })
  const file = await conversations.export.query({ id: conversationId })
  expect(file.title).toBe('New title')
  const { id } = await conversations.import.mutate(file)
  const copy = await conversations.export.query({ id })
  const shape = ({ messages }: typeof file): unknown =>
    messages.map((message) => ({
      ...message,
      id: messages.indexOf(message),
      parentId: messages.findIndex((other) => other.id === message.parentId),
    }))
  expect(shape(copy)).toEqual(shape(file))
  expect(copy.messages[0]?.id).not.toBe(file.messages[0]?.id)
  // An imported answer can be generated again.
  const [, answer] = copy.messages
  const again = await readAll(client.regenerate({ messageId: answer?.id ?? '' }))
  expect(again.finished.reason).toBe('stop')
  await conversations.remove.mutate({ id })
  await expect(conversations.get.query({ id })).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } })
  await expect(conversations.remove.mutate({ id })).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } })
})

test('a file whose messages form no tree is refused by the field', async () => {
  const file = { format: 'slicechat-conversation', version: 1, title: 't' } as const
  const message = { id: 'a', parentId: null, role: 'user', content: 'x' } as const
  const importing = (messages: object[]): Promise<unknown> =>
    conversations.import.mutate({ ...file, messages: messages as (typeof message)[] })
  await expect(importing([{ ...message, parentId: 'b' }])).rejects.toMatchObject({
    data: { field: 'messages.0.parentId' },
  })
  await expect(importing([{ ...message, parentId: 'a' }])).rejects.toMatchObject({
    data: { field: 'messages.0.parentId' },
  })
  await expect(importing([message, message])).rejects.toMatchObject({ data: { field: 'messages.1.id' } })
  const dated = await conversations.import.mutate({
    ...file,
    messages: [{ ...message, createdAt: '2026-01-01T02:00:00+02:00' }],
  })
  const { messages } = await conversations.get.query({ id: dated.id })
  expect(messages[0]?.createdAt).toBe('2026-01-01T00:00:00.000Z')
})

test('removing a conversation ends what runs in it', async () => {
  const answer = client.send({ content: '[[tokens=500]] ' + 'go on' })
  const { conversationId, generationId } = await answer.ids
  const reading = readAll(answer)
  await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') === 1)
  await conversations.remove.mutate({ id: conversationId })
  expect((await reading).finished.reason).toBe('stopped')
  await until(() => stack.upstreamMetrics().sum('vllm:num_requests_running') === 0)
  await until(async () => {
    const failure = await readAll(client.watch(generationId)).catch((error: unknown) => error)
    return (failure as { code?: string }).code === 'NOT_FOUND'
  })
  await expect(
    conversations.send.mutate({ requestId: randomUUID(), conversationId, content: 'x' }),
  ).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } })
})

test('an answer that failed is not fed back to the model', async () => {
  stack.simulator.faults.add({ kind: 'error-event', afterTokens: 6, code: 500, times: 1 })
  const failed = await send({ content: '[[tokens=20]] first' })
  expect(failed.finished.reason).toBe('error')
  const { conversationId } = failed
  const { messages } = await conversations.get.query({ id: conversationId })
  expect(messages[1]?.content).toBe(failed.text)
  expect(failed.text).not.toBe('')
  const next = await send({ conversationId, content: '[[tokens=5]] second' })
  // The model read one turn with both questions: its prompt has as many tokens as one with just that turn.
  const direct = await readAll(
    client.generate({ messages: [{ role: 'user', content: '[[tokens=20]] first\n\n[[tokens=5]] second' }] }),
  )
  expect(next.finished.usage?.promptTokens).toBe(direct.finished.usage?.promptTokens)
})
