import { expect, test } from 'vitest'
import type { Chat } from './chat.svelte.ts'
import { answerOf, asked, delta, finished, setUp, show, started } from './testing/chat-setup.ts'
import { stored } from './testing/scripted-client.ts'

/** A question with two answers, the second of which has a turn below it. */
const messages = [
  stored('q', { role: 'user', parentId: null }),
  stored('a1', { role: 'assistant', parentId: 'q' }),
  stored('a2', { role: 'assistant', parentId: 'q' }),
  stored('q2', { role: 'user', parentId: 'a2' }),
  stored('a3', { role: 'assistant', parentId: 'q2' }),
]
const newest = ['u:q', 'a:a2', 'u:q2', 'a:a3']
type Branches = Map<string, string | undefined>

async function open(branches: Branches, known = messages) {
  const opened = setUp({ branches })
  opened.script.conversation = { id: 'c', title: 'T', updatedAt: '', messages: known }
  await opened.chat.open('c')
  return opened
}

/** Chooses among the answers to the first question. */
function pick(chat: Chat, index: number) {
  const message = chat.path[1]?.siblings[index]
  if (message) chat.choose(message)
}

test('a branch that the reader chose is shown again after a reload, and the newest one is kept as none', async () => {
  const branches: Branches = new Map()
  const { chat } = await open(branches)
  expect(show(chat)).toEqual(newest)
  pick(chat, 0)
  const reloaded = await open(branches)
  expect(show(reloaded.chat)).toEqual(['u:q', 'a:a1'])
  pick(reloaded.chat, 1)
  expect(branches.get('c')).toBeUndefined()
  expect(show((await open(branches)).chat)).toEqual(newest)
})

test('what goes on below a kept branch is shown with it; a branch that is gone gives way to the newest', async () => {
  const more = [...messages.slice(0, 2), stored('q3', { role: 'user', parentId: 'a1' }), ...messages.slice(2)]
  expect(show((await open(new Map([['c', 'a1']]), more)).chat)).toEqual(['u:q', 'a:a1', 'u:q3'])
  expect(show((await open(new Map([['c', 'gone']]))).chat)).toEqual(newest)
})

test('a message that is written on a kept branch makes it the newest', async () => {
  const branches: Branches = new Map([['c', 'a1']])
  const { chat, script } = await open(branches)
  script.stream('g1').push(started, delta('more'), finished())
  await chat.send('and?')
  expect(show(chat)).toEqual(['u:q', 'a:a1', 'u:and?', 'a:more'])
  expect(branches.get('c')).toBeUndefined()
})

test('an answer that the reader did not wait for is shown when they come back', async () => {
  const branches: Branches = new Map([['c', 'a1']])
  const { chat, script } = await open(branches)
  const regenerating = chat.regenerate(answerOf(chat))
  chat.close()
  await regenerating
  expect(asked(script, 'regenerate')).toHaveLength(1)
  expect(branches.get('c')).toBeUndefined()
})
