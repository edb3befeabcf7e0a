import { expect, test } from 'vitest'
import { ask, readAll } from '../testing/reading.ts'
import { delta, events, startScripted } from '../testing/scripted-upstream.ts'
import { startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

test('what a model server says of an end is stored, told again, and goes with the conversation as a file', async () => {
  await using upstream = await startScripted((response) => {
    events(response, delta('Once upon', 'content_filter'), '[DONE]')
    response.end()
  })
  await using stack = await startStack({ upstreamUrl: upstream.url })
  const client = stack.client()
  const answer = client.send({ content: 'A story' })
  const { conversationId, generationId } = await answer.ids
  const { finished } = await readAll(answer)
  const note = {
    reason: 'content_filter',
    message: 'A content filter of the model server ended this answer.',
  }
  expect(finished).toMatchObject({ reason: 'stop', note })
  expect(finished.error).toBeUndefined()

  const stored = await until(async () => {
    const { messages } = await client.api.conversations.get.query({ id: conversationId })
    return messages[1]?.generation?.status === 'finished' ? messages[1] : undefined
  })
  expect(stored.generation).toMatchObject({ reason: 'stop', note })
  expect((await readAll(client.watch(generationId))).finished.note).toEqual(note)

  const file = await client.api.conversations.export.query({ id: conversationId })
  expect(file.messages[1]?.note).toEqual(note)
  expect(file.messages[0]).not.toHaveProperty('note')
  const { id } = await client.api.conversations.import.mutate(file)
  const { messages } = await client.api.conversations.get.query({ id })
  expect(messages[1]).toMatchObject({ content: 'Once upon', note })
  expect((await client.api.conversations.export.query({ id })).messages[1]?.note).toEqual(note)
})

test('an answer without text is an error that can be tried again; its tokens are counted, the server is not at fault', async () => {
  await using upstream = await startScripted((response) => {
    const called = { tool_calls: [{ function: { name: 'get_weather', arguments: '{}' } }] }
    const usage = { prompt_tokens: 7, completion_tokens: 5 }
    events(response, { choices: [{ delta: called, finish_reason: 'tool_calls' }], usage }, '[DONE]')
    response.end()
  })
  await using stack = await startStack({ upstreamUrl: upstream.url, env: { UPSTREAM_RETRIES: '2' } })
  const { finished } = await readAll(stack.client().generate(ask('Weather?')))
  expect(finished).toMatchObject({
    reason: 'error',
    usage: { promptTokens: 7, completionTokens: 5 },
    error: {
      code: 'EMPTY',
      retryable: true,
      message: 'The model gave no text: only tool calls: get_weather.',
    },
  })
  // The API does not retry by itself, because a retry costs the same tokens again. The user may.
  expect(upstream.requests).toHaveLength(1)
  const page = await stack.metrics()
  expect(page.requests()).toEqual({ error: 1 })
  expect(page.sum('chat_upstream_errors_total', { code: 'EMPTY' })).toBe(1)
  expect(page.sum('chat_tokens_total', { kind: 'completion' })).toBe(5)
  expect((await stack.client().api.system.status.query()).upstream.reachable).toBe(true)
})

test.each([
  ['data', { error: { message: 'Slow down.', code: 'rate_limit_exceeded' } }],
  ['data', { object: 'error', message: 'Busy', code: 503 }],
  ['event: error\ndata', 'out of memory'],
])(
  'before the first token an error inside a stream is tried again as its twin is: %s: %j',
  async (field, said) => {
    await using upstream = await startScripted((response) => {
      if (upstream.requests.length > 1) events(response, delta('Hi', 'stop'), '[DONE]')
      else {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(`${field}: ${typeof said === 'string' ? said : JSON.stringify(said)}\n\n`)
      }
      response.end()
    })
    await using stack = await startStack({ upstreamUrl: upstream.url, env: { UPSTREAM_RETRIES: '1' } })
    expect((await readAll(stack.client().generate(ask('x')))).text).toBe('Hi')
    expect(upstream.requests).toHaveLength(2)
  },
)

test('what one request learns of refused fields the next ones know', async () => {
  await using upstream = await startScripted((response, _request, body) => {
    if (body.includes('stream_options')) {
      const detail = [{ loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' }]
      response.writeHead(422, { 'content-type': 'application/json' }).end(JSON.stringify({ detail }))
      return
    }
    events(response, delta('Hi', 'stop'), '[DONE]')
    response.end()
  })
  await using stack = await startStack({ upstreamUrl: upstream.url })
  for (let turn = 0; turn < 2; turn++)
    expect((await readAll(stack.client().generate(ask('x')))).text).toBe('Hi')
  expect(upstream.requests.map(({ body }) => 'stream_options' in body)).toEqual([true, false, false])
  expect((await stack.metrics()).requests()).toEqual({ success: 2 })
})
