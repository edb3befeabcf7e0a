import { StreamMeter } from '@slicechat/metrics/reading'
import { expect, test } from 'vitest'
import { openSuiteDatabase } from '../testing/database.ts'
import { type Ended, GenerationStore } from './generations.ts'
import { UsageStore } from './usage.ts'

test('an instance interrupts what it ran itself, and leaves the others alone', async () => {
  const database = await openSuiteDatabase()
  const [ours, theirs] = [new GenerationStore(database, 'ours'), new GenerationStore(database, 'theirs')]
  const generation = (id: string) => ({ id, owner: 'local', requestId: id, params: {} })
  const running = (id: string) => ({
    ...{ id, content: 'so far', reasoning: '', seq: 7, model: 'm', droppedMessages: 0 },
    usage: { promptTokens: 5, completionTokens: 2 },
  })
  await ours.insert(generation('a'))
  await ours.save([running('a')])
  await theirs.insert(generation('b'))
  await theirs.save([running('b')])
  // A restarted process is the same instance.
  expect(await new GenerationStore(database, 'ours').interruptRunning(new Date(Date.now() + 1_000))).toBe(1)
  expect((await ours.find('local', 'a'))?.state).toMatchObject({
    status: 'finished',
    reason: 'interrupted',
  })
  expect((await ours.find('local', 'b'))?.state.status).toBe('running')
  // What is known of its usage counts, once.
  const today = new Date().toISOString().slice(0, 10)
  const usage = new UsageStore(database)
  expect(await usage.tokensOn(today)).toEqual([{ owner: 'local', key: '', tokens: 7 }])
  expect(await ours.interruptRunning(new Date(Date.now() + 1_000))).toBe(0)
  expect(await usage.tokensOn(today)).toEqual([{ owner: 'local', key: '', tokens: 7 }])
  await database.destroy()
})

test('ends and what they used are stored together, once, also for a conversation that is gone', async () => {
  const database = await openSuiteDatabase()
  const store = new GenerationStore(database, 'ours')
  const usage = new UsageStore(database)
  const day = '2026-11-27'
  const ended = (id: string, key: string, model: string): Ended => ({
    snapshot: { id, content: 'x', reasoning: '', seq: 1, model, droppedMessages: 0, usage: undefined },
    event: { type: 'finished', reason: 'stop', timings: new StreamMeter().timings() },
    used: { day, owner: 'local', key, model, answers: 1, promptTokens: 10, completionTokens: 3 },
  })
  for (const id of ['a', 'b', 'c']) await store.insert({ id, owner: 'local', requestId: id, params: {} })
  const all = [ended('a', '', 'm'), ended('b', '', 'm'), ended('c', 'k', 'n'), ended('removed', 'k', 'n')]
  await store.finish(all)
  // The answer to the first call was lost: it is made again.
  await store.finish(all.slice(0, 3))
  expect(await usage.ofOwner('local', { from: day, to: day })).toEqual([
    { day, model: 'm', answers: 2, promptTokens: 20, completionTokens: 6 },
    { day, model: 'n', answers: 2, promptTokens: 20, completionTokens: 6 },
  ])
  expect(await usage.tokensOn(day)).toEqual([
    { owner: 'local', key: '', tokens: 26 },
    { owner: 'local', key: 'k', tokens: 26 },
  ])
  expect(await usage.ofAll({ from: '2026-11-28', to: '2026-11-30' })).toEqual([])
  await database.destroy()
})
