import { ChatError } from '@slicechat/client'
import { expect, test, vi } from 'vitest'
import { answerOf, asked, delta, finished, lastOf, setUp, show, started } from './testing/chat-setup.ts'

test('a first message opens a conversation, and its answer comes in piece by piece', async () => {
  const { chat, script, created } = setUp()
  const sending = chat.send('Hello?')
  expect(show(chat)).toEqual(['u:Hello?', 'a:'])
  expect(lastOf(chat)?.status).toBe('queued')
  await vi.waitFor(() => expect(created).toEqual(['c']))
  const key = lastOf(chat)?.key
  const stream = script.stream('g1')
  stream.push({ type: 'queued', position: 2 })
  await vi.waitFor(() => expect(lastOf(chat)?.position).toBe(2))
  stream.push(started, { type: 'reasoning', text: 'hm' }, delta('Hi'))
  await vi.waitFor(() => expect(show(chat)).toEqual(['u:Hello?', 'a:Hi']))
  expect(lastOf(chat)).toMatchObject({ status: 'running', reasoning: 'hm', model: 'sim/a' })
  stream.push(delta(' there'), finished())
  await sending
  expect(show(chat)).toEqual(['u:Hello?', 'a:Hi there'])
  expect(lastOf(chat)).toMatchObject({ status: 'finished', id: 'a1', outcome: { reason: 'stop' } })
  expect(lastOf(chat)?.key).toBe(key)
  expect(chat.running).toEqual([])
  expect(asked(script, 'report')).toEqual([['report', expect.objectContaining({ generationId: 'g1' })]])
})

test('the next message continues from the last answer', async () => {
  const { chat, script } = setUp()
  script.stream('g1').push(started, delta('1'), finished())
  script.stream('g2').push(started, delta('2'), finished())
  await chat.send('a')
  await chat.send('b', 'other/model')
  expect(asked(script, 'send').map(([, input]) => input)).toEqual([
    { content: 'a' },
    { content: 'b', conversationId: 'c', parentId: 'a1', model: 'other/model' },
  ])
})

test('a message that does not get through says why, and is sent again by a retry', async () => {
  const { chat, script, created } = setUp()
  script.refuse = new ChatError('full', { code: 'QUEUE_FULL', retryable: true })
  await chat.send('Hello?')
  const failed = answerOf(chat)
  expect(failed).toMatchObject({
    status: 'finished',
    outcome: { reason: 'error', error: { code: 'QUEUE_FULL' } },
  })
  expect(created).toEqual([])
  script.stream('g2').push(started, delta('Yes'), finished())
  await chat.regenerate(failed)
  expect(show(chat)).toEqual(['u:Hello?', 'a:Yes'])
  expect(asked(script, 'send')).toHaveLength(2)
})

test('another answer stands beside the first, and a failed try does not stay', async () => {
  const { chat, script } = setUp()
  script.stream('g1').push(started, delta('one'), finished())
  await chat.send('q')
  script.refuse = new ChatError('down', { code: 'API_UNREACHABLE', retryable: true })
  await chat.regenerate(answerOf(chat))
  expect(lastOf(chat)?.outcome?.error?.code).toBe('API_UNREACHABLE')
  script.stream('g3').push(started, delta('two'), finished())
  await chat.regenerate(answerOf(chat))
  expect(asked(script, 'regenerate').map(([, input]) => input)).toEqual([
    { messageId: 'a1' },
    { messageId: 'a1' },
  ])
  expect(show(chat)).toEqual(['u:q', 'a:two'])
  const siblings = chat.path[1]?.siblings ?? []
  expect(siblings.map(({ content }) => content)).toEqual(['one', 'two'])
  const [first] = siblings
  if (first) chat.choose(first)
  expect(show(chat)).toEqual(['u:q', 'a:one'])
})

test('an edited first message is a branch from the root', async () => {
  const { chat, script } = setUp()
  script.stream('g1').push(started, delta('one'), finished())
  script.stream('g2').push(started, delta('two'), finished())
  await chat.send('q')
  const question = answerOf(chat).parent
  if (question) await chat.edit(question, 'better q')
  expect(asked(script, 'send')[1]).toEqual([
    'send',
    { content: 'better q', conversationId: 'c', parentId: null },
  ])
  expect(show(chat)).toEqual(['u:better q', 'a:two'])
  expect(chat.path[0]?.siblings).toHaveLength(2)
})

test('Stop keeps the text, also when pressed before the id is known', async () => {
  const { chat, script } = setUp()
  const sending = chat.send('q')
  await chat.stop()
  await vi.waitFor(() => expect(asked(script, 'stop')).toEqual([['stop', 'g1']]))
  script.stream('g1').push(started, delta('half'), finished({ reason: 'stopped' }))
  await sending
  expect(lastOf(chat)).toMatchObject({ content: 'half', outcome: { reason: 'stopped' } })
})
