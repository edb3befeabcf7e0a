import { type RecordedBehaviour, recordedBehaviours, RecordedServer } from '@slicechat/model-server/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readAll } from '../testing/reading.ts'
import { type Stack, startStack } from '../testing/stack.ts'

let server: RecordedServer
let stack: Stack
beforeAll(async () => {
  server = await RecordedServer.start(recordedBehaviours)
  stack = await startStack({ upstreamUrl: server.url })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const rows = recordedBehaviours.map((row, at): [string, number, RecordedBehaviour] => [
  `${row.server}: ${row.what}`,
  at,
  row,
])
const everything = { include_usage: true, continuous_usage_stats: true }

test.concurrent.each(rows)('%s', async (_name, at, row) => {
  const model = String(at)
  const messages = [{ role: 'user' as const, content: 'secret prompt' }]
  const { text, reasoning, finished } = await readAll(stack.client().generate({ model, messages }))
  const { reason, error, note, usage } = finished
  expect({
    text,
    reasoning,
    end: error?.code ?? reason,
    note: note?.reason,
    tokens: usage?.completionTokens,
  }).toEqual({
    text: row.text ?? '',
    reasoning: row.reasoning ?? '',
    end: row.api,
    note: row.note,
    tokens: row.tokens,
  })
  if (row.says !== undefined) expect(note?.message ?? error?.message).toMatch(row.says)
  expect(error?.message ?? '').not.toMatch(/secret|word|<html/)
  const asked = server.received(model).map(({ body }) => body['stream_options'])
  expect(asked).toEqual(row.asked ?? [everything])
})
