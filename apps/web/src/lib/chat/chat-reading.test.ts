import { ChatError } from '@slicechat/client'
import { expect, test, vi } from 'vitest'
import { asked, delta, finished, lastOf, setUp, show, started } from './testing/chat-setup.ts'
import { stored } from './testing/scripted-client.ts'

const interrupted = (seq: string, content: string) => ({
  id: 'c',
  title: 'T',
  updatedAt: '',
  messages: [
    stored('u1', { role: 'user', parentId: null }),
    stored('a1', {
      role: 'assistant',
      parentId: 'u1',
      content,
      generation: { id: 'g1', status: 'running', seq, model: 'sim/a', droppedMessages: 2 },
    }),
  ],
})

test('a reload in the middle goes on behind the snapshot', async () => {
  const { chat, script } = setUp()
  script.conversation = interrupted('2', 'Hel')
  script.stream('g1').push(started, delta('Hel'), delta('lo'))
  await chat.open('c')
  await vi.waitFor(() => expect(show(chat)).toEqual(['u:u1', 'a:Hello']))
  expect(lastOf(chat)).toMatchObject({ status: 'running', droppedMessages: 2 })
  script.stream('g1').push(finished())
  await vi.waitFor(() => expect(chat.running).toEqual([]))
  expect(asked(script, 'report')).toEqual([])
})

test('a lost stream is found again, with nothing twice and nothing missing', async () => {
  const { chat, script, pauses } = setUp()
  const sending = chat.send('q')
  const stream = script.stream('g1')
  stream.push(started, delta('Hel'), new ChatError('gone', { code: 'CONNECTION_LOST', retryable: true }))
  await vi.waitFor(() => expect(pauses.length).toBeGreaterThan(3))
  expect(chat.lost).toBe(true)
  expect(pauses.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000])
  script.conversation = interrupted('3', 'Hel')
  stream.push(delta('lo'), finished())
  await sending
  expect(lastOf(chat)).toMatchObject({ content: 'Hello', status: 'finished', lost: false })
})

test('an answer that is gone for good says so', async () => {
  const { chat, script } = setUp()
  script
    .stream('g1')
    .push(started, delta('Hel'), new ChatError('no', { code: 'NOT_FOUND', retryable: false }))
  await chat.send('q')
  expect(lastOf(chat)).toMatchObject({
    content: 'Hel',
    outcome: { reason: 'error', error: { code: 'NOT_FOUND' } },
  })
})

test('whoever leaves stops reading, not answering', async () => {
  const { chat, script, created } = setUp()
  const sending = chat.send('q')
  await vi.waitFor(() => expect(script.stream('g1').watchers).toBe(1))
  await chat.open(undefined)
  await sending
  expect(script.stream('g1').watchers).toBe(0)
  expect(show(chat)).toEqual([])
  expect(asked(script, 'stop')).toEqual([])
  expect(created).toEqual(['c'])
})

test('leaving before the id is known does not lead back', async () => {
  const { chat, created } = setUp()
  const sending = chat.send('q')
  await chat.open(undefined)
  await sending
  expect([created, chat.id]).toEqual([[], undefined])
})

test('what another tab added appears, and what is there stays the same', async () => {
  const { chat, script } = setUp()
  const messages = [
    stored('u1', { role: 'user', parentId: null }),
    stored('a1', { role: 'assistant', parentId: 'u1' }),
  ]
  script.conversation = { id: 'c', title: 'T', updatedAt: '', messages }
  await chat.open('c')
  const first = chat.path[0]?.node
  const more = [...messages, stored('u2', { role: 'user', parentId: 'a1' })]
  script.conversation = { ...script.conversation, title: 'New', messages: more }
  await chat.refresh()
  expect(show(chat)).toEqual(['u:u1', 'a:a1', 'u:u2'])
  expect(chat.path[0]?.node).toBe(first)
  expect(chat.title).toBe('New')
})

test('a conversation that cannot be had is a failure that a retry can mend', async () => {
  const { chat, script } = setUp()
  await chat.open('c')
  expect(chat.failure).toBeInstanceOf(Error)
  script.conversation = { id: 'c', title: 'T', updatedAt: '', messages: [] }
  await chat.open('c')
  expect([chat.failure, chat.title]).toEqual([undefined, 'T'])
})

test('what a model server said of an end stays with the answer: live, after a reload, and when imported', async () => {
  const { chat, script } = setUp()
  const note = { reason: 'content_filter', message: 'A content filter ended this answer.' }
  const sending = chat.send('q')
  script.stream('g1').push(started, delta('Once'), finished({ note }))
  await sending
  await vi.waitFor(() => expect(lastOf(chat)).toMatchObject({ status: 'finished', note: note.message }))

  const again = setUp()
  const generation = { id: 'g1', status: 'finished', seq: '4', model: 'm', droppedMessages: 0 } as const
  again.script.conversation = {
    id: 'c',
    title: 'T',
    updatedAt: '',
    messages: [
      stored('a1', {
        role: 'assistant',
        parentId: null,
        generation: { ...generation, reason: 'stop', note },
      }),
      stored('a2', { role: 'assistant', parentId: 'a1', note }),
    ],
  }
  await again.chat.open('c')
  expect(again.chat.path.map(({ node }) => node.note)).toEqual([note.message, note.message])
})
