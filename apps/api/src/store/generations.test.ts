import { expect, test } from 'vitest'
import { openDatabase } from './database.ts'
import { GenerationStore } from './generations.ts'

test('an instance interrupts what it ran itself, and leaves the others alone', async () => {
  const database = await openDatabase({ DATA_DIR: ':memory:' })
  const [ours, theirs] = [new GenerationStore(database, 'ours'), new GenerationStore(database, 'theirs')]
  const generation = (id: string) => ({ id, owner: 'local', requestId: id, params: {} })
  await ours.insert(generation('a'))
  await ours.started('a', 'model', 0)
  await theirs.insert(generation('b'))
  await theirs.started('b', 'model', 0)
  // A restarted process is the same instance.
  expect(await new GenerationStore(database, 'ours').interruptRunning(new Date(Date.now() + 1_000))).toBe(1)
  expect((await ours.find('local', { id: 'a' }))?.state).toMatchObject({
    status: 'finished',
    reason: 'interrupted',
  })
  expect((await ours.find('local', { id: 'b' }))?.state.status).toBe('running')
  await database.destroy()
})
