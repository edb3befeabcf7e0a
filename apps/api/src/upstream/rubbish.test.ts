import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ask, readAll } from '../testing/reading.ts'
import { delta, events, startScripted } from '../testing/scripted-upstream.ts'
import { startStack } from '../testing/stack.ts'

const shortWaits = { FIRST_TOKEN_TIMEOUT_S: '2', STALL_TIMEOUT_S: '1' }
const usage = (prompt_tokens: number, completion_tokens: number): object => ({
  choices: [],
  usage: { prompt_tokens, completion_tokens },
})

test('a page that is no stream is a wrong address, not a crash', async () => {
  await using upstream = await startScripted((response) => {
    response.setHeader('content-type', 'text/html')
    response.write('<html>')
  })
  await using stack = await startStack({ upstreamUrl: upstream.url })
  const { finished } = await readAll(stack.client().generate(ask('x')))
  expect(finished.error).toMatchObject({
    code: 'UPSTREAM_REJECTED',
    message: expect.stringContaining('VLLM_URL') as string,
  })
  // An unhandled error of the destroyed body would come in a later turn of the event loop.
  await sleep(50)
})

test('a list of models that is none', async () => {
  await using upstream = await startScripted(
    () => {},
    (response) => response.setHeader('content-type', 'text/html').end('<html>Login</html>'),
  )
  await using stack = await startStack({ upstreamUrl: upstream.url })
  await expect(stack.client().api.models.list.query()).rejects.toMatchObject({
    data: { code: 'UPSTREAM_REJECTED' },
  })
})

test('an answer that has its finish is whole, even if the connection then breaks or hangs', async () => {
  for (const end of ['reset', 'hang', 'close'] as const) {
    await using upstream = await startScripted((response) => {
      events(response, { ...delta('all of it', 'stop'), usage: { prompt_tokens: 3, completion_tokens: 2 } })
      if (end === 'reset') setTimeout(() => response.socket?.resetAndDestroy(), 50)
      if (end === 'close') response.end()
    })
    await using stack = await startStack({ upstreamUrl: upstream.url, env: shortWaits })
    const { finished, text } = await readAll(stack.client().generate(ask('x')))
    expect({ end, text, ...finished }).toMatchObject({
      text: 'all of it',
      reason: 'stop',
      usage: { promptTokens: 3, completionTokens: 2 },
    })
  }
})

test('an error whose body never ends, or is endless, is an error all the same', async () => {
  await using upstream = await startScripted((response) => {
    response.writeHead(500, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(Buffer.alloc(1 << 20, 'x')), 1)
    response.on('close', () => clearInterval(timer))
  })
  await using stack = await startStack({ upstreamUrl: upstream.url })
  const { finished } = await readAll(stack.client().generate(ask('x')))
  expect(finished.error?.code).toBe('UPSTREAM_BROKE_OFF')
})

test('an event that is too large breaks the answer off', async () => {
  await using upstream = await startScripted((response) => {
    events(response, delta('begun'))
    response.write('data: ')
    const timer = setInterval(() => response.write(Buffer.alloc(1 << 20, 'x')), 1)
    response.on('close', () => clearInterval(timer))
  })
  await using stack = await startStack({ upstreamUrl: upstream.url })
  const { finished, text } = await readAll(stack.client().generate(ask('x')))
  expect(text).toBe('begun')
  expect(finished.error?.code).toBe('UPSTREAM_BROKE_OFF')
})

test('comments, blank chunks, unknown fields, CRLF and reasoning of both kinds are taken as they come', async () => {
  await using upstream = await startScripted((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(': hello\r\nevent: x\r\n\r\n')
    events(response, delta(''), { choices: [{ delta: { reasoning_content: 'older ' } }] })
    events(response, { choices: [{ delta: { reasoning: 'newer' } }] }, { object: 'odd' }, delta('text'))
    events(response, delta('', 'tool_calls'), usage(7, 5), '[DONE]')
    response.write('data: after the end\n\n')
  })
  await using stack = await startStack({ upstreamUrl: upstream.url })
  const { reasoning, text, finished } = await readAll(stack.client().generate(ask('x')))
  expect({ reasoning, text }).toEqual({ reasoning: 'older newer', text: 'text' })
  expect(finished).toMatchObject({ reason: 'stop', usage: { promptTokens: 7, completionTokens: 5 } })
})

test('an answer that ends before it begins is asked for again, under another id', async () => {
  await using upstream = await startScripted((response) => {
    if (upstream.requests.length > 1) events(response, delta('x', 'stop'), '[DONE]')
    else events(response, delta(''))
    response.end()
  })
  await using stack = await startStack({ upstreamUrl: upstream.url, env: { UPSTREAM_RETRIES: '1' } })
  expect((await readAll(stack.client().generate(ask('x')))).text).toBe('x')
  const [first, second] = upstream.requests.map(({ headers }) => headers['x-request-id'])
  expect(second).toBe(`${String(first)}-1`)
})

test('usage of an absurd kind is not counted', async () => {
  await using upstream = await startScripted((response) => {
    events(response, delta('x', 'stop'), usage(-5, Number.MAX_VALUE), '[DONE]')
    response.end()
  })
  await using stack = await startStack({ upstreamUrl: upstream.url })
  const { finished } = await readAll(stack.client().generate(ask('x')))
  expect(finished).toMatchObject({ reason: 'stop' })
  expect(finished.usage).toBeUndefined()
  expect((await stack.metrics()).requests()).toEqual({ success: 1 })
})

test('what is asked of the model server is what was asked of us, under one id', async () => {
  await using upstream = await startScripted((response) => {
    events(response, delta('x', 'stop'), '[DONE]')
    response.end()
  })
  await using stack = await startStack({ upstreamUrl: upstream.url, env: { VLLM_API_KEY: 'upstream-key' } })
  const requestId = crypto.randomUUID()
  const client = stack.client()
  const { generationId } = await client.api.generations.start.mutate({
    requestId,
    messages: [{ role: 'user', content: 'q' }],
    params: {
      temperature: 0,
      topP: 0.5,
      maxTokens: 9,
      minTokens: 2,
      seed: 3,
      stop: ['x'],
      systemPrompt: 'be brief',
    },
  })
  await readAll(client.watch(generationId))
  expect(upstream.requests).toMatchObject([
    {
      headers: { 'x-request-id': requestId, authorization: 'Bearer upstream-key' },
      body: {
        model: 'm',
        stream: true,
        stream_options: { include_usage: true },
        temperature: 0,
        top_p: 0.5,
        max_tokens: 9,
        min_tokens: 2,
        seed: 3,
        stop: ['x'],
        messages: [
          { role: 'system', content: 'be brief' },
          { role: 'user', content: 'q' },
        ],
      },
    },
  ])
  const linked = stack.logs.filter((line) => line['requestId'] === requestId).map(({ msg }) => msg)
  expect(linked).toEqual(expect.arrayContaining(['request', 'generation finished']))
  expect(JSON.stringify(stack.logs)).not.toMatch(/be brief|upstream-key/)
})
