import { startStack } from '@slicechat/api/testing'
import { createChatClient } from '@slicechat/client'
import { aRun } from '@slicechat/run/testing'
import { expect, test } from 'vitest'
import { uploadRun } from './upload-run.ts'

test('a run is handed over once, and the web app finds it', async () => {
  await using stack = await startStack()
  const client = stack.client()
  const run = aRun({ name: 'smoke' })
  expect(await uploadRun(run, client)).toEqual({ id: run.id, added: true, path: `/runs/${run.id}` })
  expect(await uploadRun(run, client)).toMatchObject({ added: false })
  await expect(uploadRun({ ...run, seed: 9 }, client)).rejects.toMatchObject({
    code: 'BAD_INPUT',
    field: 'run.id',
  })
  expect(await client.api.runs.get.query({ id: run.id })).toEqual(run)
})

test('a call that got lost on its way is made again', async () => {
  await using stack = await startStack()
  let calls = 0
  const client = createChatClient({
    url: stack.api.url,
    fetch: (input, init) => {
      if (++calls === 1) return Promise.reject(new TypeError('connection reset'))
      return fetch(input, init)
    },
  })
  expect(await uploadRun(aRun(), client)).toMatchObject({ added: true })
  expect(calls).toBe(2)
  client.close()
})
