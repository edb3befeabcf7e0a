import { ChatError } from '@slicechat/client'
import { expect, test, vi } from 'vitest'
import { answerOf, asked, delta, finished, lastOf, setUp, show, started } from './testing/chat-setup.ts'
import { stored } from './testing/scripted-client.ts'

const running = (id: string, parentId: string, generationId: string) =>
  stored(id, {
    role: 'assistant',
    parentId,
    content: '',
    generation: { id: generationId, status: 'running', seq: '1', model: 'sim/a', droppedMessages: 0 },
  })
const turn = [
  stored('q', { role: 'user', parentId: null }),
  stored('r', { role: 'assistant', parentId: 'q' }),
]
const conversation = (...more: ReturnType<typeof stored>[]) => ({
  id: 'c',
  title: 'T',
  updatedAt: '',
  messages: [...turn, ...more],
})

test('a turn of another tab streams in here, and is read once', async () => {
  const { chat, script, begun } = setUp()
  script.conversation = conversation()
  await chat.open('c')
  script.conversation = conversation(stored('u2', { role: 'user', parentId: 'r' }), running('a2', 'u2', 'g9'))
  script.stream('g9').push(started, delta('Hel'))
  await chat.refresh()
  await vi.waitFor(() => expect(show(chat)).toEqual(['u:q', 'a:r', 'u:u2', 'a:Hel']))
  // A refresh in the middle goes on with the text that is being read, and does not go back to the stored text.
  await chat.refresh()
  script.stream('g9').push(delta('lo'), finished())
  await vi.waitFor(() => expect(lastOf(chat)?.status).toBe('finished'))
  await chat.refresh()
  expect(lastOf(chat)).toMatchObject({ content: 'Hello', status: 'finished' })
  expect(asked(script, 'watch')).toHaveLength(1)
  expect(begun).toEqual([])
})

test('the branch that is shown follows the newest, except while somebody holds it', async () => {
  const { chat, script } = setUp()
  script.conversation = conversation()
  await chat.open('c')
  const unpin = chat.pinBranch()
  script.conversation = conversation(stored('b1', { role: 'assistant', parentId: 'q' }))
  await chat.refresh()
  expect(show(chat)).toEqual(['u:q', 'a:r'])
  expect(chat.path[1]?.siblings).toHaveLength(2)
  unpin()
  const other = setUp()
  other.script.conversation = conversation()
  await other.chat.open('c')
  other.script.conversation = script.conversation
  await other.chat.refresh()
  expect(show(other.chat)).toEqual(['u:q', 'a:b1'])
})

test('what is being sent while others change the conversation is there once, and theirs too', async () => {
  const { chat, script, begun } = setUp()
  script.conversation = conversation()
  await chat.open('c')
  const sending = chat.send('mine')
  script.conversation = conversation(
    stored('u1', { role: 'user', parentId: 'r', content: 'mine' }),
    running('a1', 'u1', 'g1'),
  )
  await chat.refresh()
  expect(show(chat)).toEqual(['u:q', 'a:r', 'u:mine', 'a:'])
  script.stream('g1').push(started, delta('ok'), finished())
  await sending
  expect(begun).toEqual(['c'])
  expect(show(chat).slice(2)).toEqual(['u:mine', 'a:ok'])
})

test('a message that failed to be sent stays, unless it turns out to have arrived', async () => {
  const { chat, script } = setUp()
  script.conversation = conversation()
  await chat.open('c')
  script.refuse = new ChatError('down', { code: 'API_UNREACHABLE', retryable: true })
  await chat.send('lost?')
  await chat.refresh()
  expect(show(chat)).toEqual(['u:q', 'a:r', 'u:lost?', 'a:'])
  expect(answerOf(chat).outcome?.error?.code).toBe('API_UNREACHABLE')
  script.conversation = conversation(
    stored('u2', { role: 'user', parentId: 'r', content: 'lost?' }),
    stored('a2', { role: 'assistant', parentId: 'u2' }),
  )
  await chat.refresh()
  expect(show(chat)).toEqual(['u:q', 'a:r', 'u:lost?', 'a:a2'])
  expect(chat.path.map(({ siblings }) => siblings.length)).toEqual([0, 0, 0, 0])
})

test('a conversation that was deleted elsewhere is gone here; one that cannot be had just now is not', async () => {
  const { chat, script } = setUp()
  script.conversation = conversation()
  await chat.open('c')
  script.conversation = undefined
  await chat.refresh()
  expect([show(chat), chat.failure]).toEqual([['u:q', 'a:r'], undefined])
  script.missing = new ChatError('gone', { code: 'NOT_FOUND', retryable: false })
  await chat.refresh()
  expect([show(chat), chat.failure]).toEqual([[], script.missing])
})
