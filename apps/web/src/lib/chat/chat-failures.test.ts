import { ChatError } from '@slicechat/client'
import type { Conversation, GenerationEvent } from '@slicechat/client'
import { expect, test, vi } from 'vitest'
import type { ChatEvents } from './chat-dependencies.ts'
import type { Ids } from './early-stops.ts'
import { answerOf, asked, delta, finished, lastOf, setUp, show, started } from './testing/chat-setup.ts'
import { stored, type ScriptedClient } from './testing/scripted-client.ts'

// Whatever throws between Enter and the end of an answer: the message shows the error, and can be sent again.

const words = 'randomUUID is not a function'
const broken = (): never => {
  throw new TypeError(words)
}
/** An event that throws when it is read. */
const unreadable = Object.defineProperty({}, 'type', { get: broken }) as GenerationEvent

/** Breaks the first call of the given name, as if something that it needs were missing. */
function breakOnce(script: ScriptedClient, broke: string, how: () => unknown = broken): void {
  script.onCall = (name) => {
    if (name !== broke) return undefined
    script.onCall = () => undefined
    return how()
  }
}

const reset = new ChatError('reset', { code: 'CONNECTION_LOST', retryable: true })

test.each<[string, (script: ScriptedClient) => void]>([
  ['the client throws at once', (script) => breakOnce(script, 'send')],
  ['the call rejects', (script) => breakOnce(script, 'send', () => Promise.reject(new TypeError(words)))],
  ['reading cannot begin', (script) => breakOnce(script, 'watch')],
  ['reading breaks', (script) => script.stream('g1').push(started, new TypeError(words))],
  ['an event cannot be read', (script) => script.stream('g1').push(started, unreadable)],
])('%s: the message says so, and can be sent again', async (_name, arrange) => {
  const { chat, script, unsent } = setUp()
  arrange(script)
  await chat.send('Hello?')
  expect(chat.running).toEqual([])
  const failed = answerOf(chat)
  expect(failed.outcome).toMatchObject({ reason: 'error', error: { code: 'CLIENT_FAILED', retryable: true } })
  expect(failed.outcome?.error?.message).toContain(words)
  expect(show(chat)[0]).toBe('u:Hello?')
  // The page shows the text, so the text does not go back to the composer.
  expect(unsent).toEqual([])
  for (const id of ['g1', 'g2']) script.stream(id).push(started, delta('Yes'), finished())
  await chat.regenerate(failed)
  expect(lastOf(chat)).toMatchObject({ status: 'finished', outcome: { reason: 'stop' } })
})

test('a reply that names no answer is a failure, and nobody is told that it was stopped', async () => {
  const { chat, script } = setUp()
  breakOnce(script, 'send', () => Promise.resolve(null))
  await chat.send('Hello?')
  expect(answerOf(chat).outcome).toMatchObject({ reason: 'error', error: { code: 'CLIENT_FAILED' } })
})

test('a pause that throws ends the answer too, and another answer that throws leaves the first', async () => {
  const { chat, script } = setUp({ sleep: broken })
  script.stream('g1').push(started, delta('half'), reset)
  await chat.send('q')
  expect(answerOf(chat)).toMatchObject({ content: 'half', outcome: { error: { code: 'CLIENT_FAILED' } } })
  breakOnce(script, 'regenerate')
  await chat.regenerate(answerOf(chat))
  expect(answerOf(chat).outcome?.error?.message).toContain(words)
  expect(chat.running).toEqual([])
})

test('a reply that holds no conversation is no reason to ask for ever', async () => {
  const { chat, script } = setUp()
  script.conversation = { title: 'no messages' } as Conversation
  script.stream('g1').push(started, reset)
  await chat.send('q')
  expect(answerOf(chat).outcome?.error?.code).toBe('CLIENT_FAILED')
})

test.each<keyof ChatEvents>(['onCreated', 'onBegun', 'onChanged'])(
  '%s that throws does not end the answer',
  async (name) => {
    const { chat, script, errors } = setUp({ events: { [name]: broken } })
    script.stream('g1').push(started, delta('Yes'), finished())
    await chat.send('Hello?')
    expect(lastOf(chat)).toMatchObject({ content: 'Yes', outcome: { reason: 'stop' } })
    expect(chat.id).toBe('c')
    expect(errors.map(String)).toContain(`TypeError: ${words}`)
  },
)

test('a report that cannot be sent changes no answer', async () => {
  const { chat, script, errors } = setUp()
  breakOnce(script, 'report')
  script.stream('g1').push(started, delta('Yes'), finished())
  await chat.send('Hello?')
  expect(lastOf(chat)?.outcome).toMatchObject({ reason: 'stop' })
  expect(asked(script, 'report')).toHaveLength(1)
  expect(errors).toEqual([])
})

test('what cannot even be shown goes back to where it was typed, and is told', async () => {
  let frames = 0
  const { chat, unsent, errors } = setUp({ now: () => (frames++ === 0 ? broken() : frames) })
  await chat.send('Hello?')
  expect(unsent).toEqual([['Hello?', undefined]])
  expect(errors).toHaveLength(1)
  expect(chat.running).toEqual([])
})

test('whoever has left hears of what was not sent, and has the text back', async () => {
  const { chat, script, unsent, errors } = setUp()
  script.stream('g1').push(started, delta('1'), finished())
  await chat.send('a')
  const call = Promise.withResolvers<Ids>()
  breakOnce(script, 'send', () => call.promise)
  const sending = chat.send('b')
  await chat.open(undefined)
  call.reject(new TypeError(words))
  await sending
  expect(unsent).toEqual([['b', 'c']])
  expect(errors.map(String)).toEqual([`TypeError: ${words}`])
})

test('a message that was not sent outlives what another tab changes', async () => {
  const { chat, script } = setUp()
  script.stream('g1').push(started, delta('1'), finished())
  await chat.send('a')
  breakOnce(script, 'send')
  await chat.send('b')
  script.conversation = {
    id: 'c',
    title: 'of another tab',
    updatedAt: '',
    messages: [
      stored('u1', { role: 'user', parentId: null }),
      stored('a1', { role: 'assistant', parentId: 'u1' }),
    ],
  }
  await chat.refresh()
  expect(chat.title).toBe('of another tab')
  expect(show(chat)).toEqual(['u:u1', 'a:a1', 'u:b', 'a:'])
  expect(answerOf(chat).outcome?.error?.code).toBe('CLIENT_FAILED')
})

test('a message that was not sent stays beside the next one, and can still be sent', async () => {
  const { chat, script } = setUp()
  for (const id of ['g1', 'g2', 'g3']) script.stream(id).push(started, delta(id), finished())
  await chat.send('a')
  breakOnce(script, 'send')
  await chat.send('b')
  const [, , unsent] = chat.path.map(({ node }) => node)
  await chat.send('c')
  expect(show(chat)).toEqual(['u:a', 'a:g1', 'u:c', 'a:g2'])
  if (unsent) chat.choose(unsent)
  expect(show(chat)).toEqual(['u:a', 'a:g1', 'u:b', 'a:'])
  await chat.regenerate(answerOf(chat))
  expect(show(chat)).toEqual(['u:a', 'a:g1', 'u:b', 'a:g3'])
  expect(chat.path[2]?.siblings.map(({ content }) => content)).toEqual(['c', 'b'])
})

test('Stop ends a call that gets no reply, and stops what the API took after all', async () => {
  const { chat, script, created } = setUp()
  const call = Promise.withResolvers<Ids>()
  breakOnce(script, 'send', () => call.promise)
  const sending = chat.send('q')
  await chat.stop()
  await sending
  expect(answerOf(chat)).toMatchObject({ status: 'finished', outcome: { reason: 'stopped' } })
  expect(created).toEqual([])
  call.resolve({ conversationId: 'c', userMessageId: 'u1', messageId: 'a1', generationId: 'g1' })
  await vi.waitFor(() => expect(asked(script, 'stop')).toEqual([['stop', 'g1']]))
  expect([answerOf(chat).id, chat.id, created]).toEqual(['a1', 'c', ['c']])
})

test('a late reply changes nothing for who has gone on with another message', async () => {
  const { chat, script, created } = setUp()
  const call = Promise.withResolvers<Ids>()
  breakOnce(script, 'send', () => call.promise)
  const sending = chat.send('q')
  await chat.stop()
  await sending
  script.stream('g1').push(started, delta('1'), finished())
  await chat.send('another')
  call.resolve({ conversationId: 'late', userMessageId: 'u9', messageId: 'a9', generationId: 'g9' })
  await vi.waitFor(() => expect(asked(script, 'stop')).toEqual([['stop', 'g9']]))
  expect([chat.id, created]).toEqual(['c', ['c']])
  expect(show(chat)).toEqual(['u:another', 'a:1'])
})

test('a Stop that fails is told, and the answer goes on', async () => {
  const { chat, script, errors } = setUp()
  const sending = chat.send('q')
  script.stream('g1').push(started, delta('on'))
  await vi.waitFor(() => expect(lastOf(chat)?.content).toBe('on'))
  breakOnce(script, 'stop')
  await chat.stop()
  expect(errors.map(String)).toEqual([`TypeError: ${words}`])
  script.stream('g1').push(finished())
  await sending
  expect(lastOf(chat)?.outcome?.reason).toBe('stop')
})

test('a text that the API refuses from somebody unknown goes back where it was typed, with the reason', async () => {
  const { chat, script, unsent } = setUp()
  const refusal = new ChatError('Sign in.', { code: 'UNAUTHENTICATED', retryable: false })
  breakOnce(script, 'send', () => Promise.reject(refusal))
  await chat.send('Hello?')
  expect(unsent).toEqual([['Hello?', undefined, refusal]])
  expect(show(chat)).toEqual([])
})
