import { expect, test } from 'vitest'
import { ask, readAll } from './testing/reading.ts'
import { startStack } from './testing/stack.ts'
import { standStill } from './testing/stand-still.ts'

test('what comes while the process stands still is not missing: nobody is held to have been silent', async () => {
  const waits = { STALL_TIMEOUT_S: '1', ORPHAN_TIMEOUT_S: '1' }
  await using stack = await startStack({ env: waits, simulator: { itlMs: 20 } })
  const client = stack.client()
  await client.api.models.list.query()

  // The process stands still while the model server sends an answer.
  const stalled = client.generate(ask('[[tokens=40]] tell me more'))
  let pieces = 0
  for await (const event of stalled) {
    if (event.type === 'delta' && ++pieces === 5) standStill(2_500)
    if (event.type === 'finished') expect(event).toMatchObject({ reason: 'stop' })
  }
  expect(pieces).toBeGreaterThan(5)

  // The process stands still before the reader of an answer has subscribed.
  const awaited = client.generate(ask('[[tokens=40]] tell me more'))
  await awaited.ids
  standStill(2_500)
  expect((await readAll(awaited)).finished).toMatchObject({ reason: 'stop' })
})
