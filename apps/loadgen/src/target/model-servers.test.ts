import { type RecordedBehaviour, recordedBehaviours, RecordedServer } from '@slicechat/model-server/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTarget } from './open-target.ts'

let server: RecordedServer
beforeAll(async () => {
  server = await RecordedServer.start(recordedBehaviours)
})
afterAll(() => server[Symbol.asyncDispose]())

const rows = recordedBehaviours.map((row, at): [string, number, RecordedBehaviour] => [
  `${row.server}: ${row.what}`,
  at,
  row,
])
const everything = { include_usage: true, continuous_usage_stats: true }

test.concurrent.each(rows)('%s', async (_name, at, row) => {
  const model = String(at)
  const target = openTarget({ url: `openai:${server.url}`, model })
  await target.check()
  let characters = 0
  const talk = target.user().converse({ systemPrompt: undefined })
  const { reason, error, completionTokens } = await talk.send('Hello?', {
    maxTokens: 9,
    exact: false,
    temperature: 0,
    how: 'stop',
    signal: new AbortController().signal,
    arrived: (count) => (characters += count),
  })
  await target.close()
  expect({ characters, end: error?.code ?? reason, completionTokens }).toEqual({
    characters: `${row.text ?? ''}${row.reasoning ?? ''}`.length,
    end: row.direct,
    completionTokens: row.tokens,
  })
  const told = row.told ?? row.says
  if (error !== undefined && told !== undefined) expect(error.message).toMatch(told)
  if (error !== undefined) expect(error.message).not.toMatch(/^$|<html|word/)
  expect(server.received(model).map(({ body }) => body['stream_options'])).toEqual(row.asked ?? [everything])
})
