import { randomUUID } from 'node:crypto'
import type { ChatClient, Transport } from '@slicechat/client'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ask, readAll } from '../testing/reading.ts'
import { type Stack, startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

describe.each(['websocket', 'sse'] as const satisfies Transport[])('over %s', (transport) => {
  let stack: Stack
  let client: ChatClient
  beforeAll(async () => {
    stack = await startStack({ env: { MAX_ACTIVE_GENERATIONS: '4' } })
    client = stack.client({ transport })
  })
  afterAll(() => stack[Symbol.asyncDispose]())
  beforeEach(() => stack.simulator.faults.clear())

  test('an answer comes in steps, in order, with its usage and timings', async () => {
    const { events, text, finished } = await readAll(client.generate(ask('[[tokens=300]] Tell me something')))
    expect(events[0]).toMatchObject({ type: 'started', model: stack.simulator.model, droppedMessages: 0 })
    expect(events.filter(({ type }) => type === 'delta').length).toBeGreaterThan(1)
    expect(text.length).toBeGreaterThan(80)
    expect(finished).toMatchObject({ reason: 'stop', usage: { completionTokens: 300 } })
    expect(finished.timings.ttftMs).toBeGreaterThan(0)
    expect(finished.timings.interTokenMsMean).toBeGreaterThan(0)
    expect(client.transport).toBe(transport)
  })

  test('reasoning comes apart from the answer', async () => {
    const { reasoning, text } = await readAll(client.generate(ask('[[reasoning]] [[tokens=60]] Why?')))
    expect(reasoning).toMatch(/^The user wants/)
    expect(text).not.toContain('The user wants')
  })

  test('the answer to a limit says so', async () => {
    const { finished } = await readAll(client.generate({ ...ask('Talk'), params: { maxTokens: 5 } }))
    expect(finished).toMatchObject({ reason: 'length', usage: { completionTokens: 5 } })
  })

  test('an answer of a given length has exactly that', async () => {
    const params = { minTokens: 700, maxTokens: 700 }
    const { finished } = await readAll(client.generate({ ...ask('Say hello, in short.'), params }))
    expect(finished).toMatchObject({ reason: 'length', usage: { completionTokens: 700 } })
  })

  test('any number of readers, early and late, get the same answer', async () => {
    const first = client.generate(ask('[[tokens=300]] Long please'))
    const { generationId } = await first.ids
    const readers = [readAll(first), readAll(client.watch(generationId))]
    const early = await Promise.all(readers)
    const late = await readAll(client.watch(generationId))
    for (const { text, finished } of [...early, late]) {
      expect(text).toBe(early[0]?.text)
      expect(finished).toEqual(early[0]?.finished)
    }
    expect(late.events[0]).toMatchObject({ type: 'started' })
  })

  test('a reader resumes after any event, while it runs and when it is over', async () => {
    const { generationId } = await client.generate(ask('[[tokens=200]] Words')).ids
    const seen: { id: string; length: number }[] = []
    let whole = ''
    await new Promise<void>((resolve, reject) => {
      client.api.generations.stream.subscribe(
        { generationId },
        {
          onData: ({ id, data }) => {
            if (data.type === 'delta') whole += data.text
            seen.push({ id, length: whole.length })
            if (data.type === 'finished') resolve()
          },
          onError: reject,
        },
      )
    })
    for (const { id, length } of seen.filter((_, index) => index % 10 === 0)) {
      const { text, finished } = await readAll(client.watch(generationId, { lastEventId: id }))
      expect(text).toBe(whole.slice(length))
      expect(finished.reason).toBe('stop')
    }
  })

  test('stop ends it at the model server at once and keeps the text', async () => {
    const answer = client.generate(ask('[[tokens=5000]] Forever'))
    const { generationId } = await answer.ids
    const reading = readAll(answer)
    await until(() => stack.upstreamMetrics().sum('vllm:num_requests_running') === 1)
    await until(async () => (await client.api.system.status.query()).activeGenerations === 1)
    expect(await client.stop(generationId)).toBe(true)
    expect(await client.stop(generationId)).toBe(false)
    const { finished, text } = await reading
    expect(finished).toMatchObject({ reason: 'stopped' })
    expect((await readAll(client.watch(generationId))).text).toBe(text)
    await until(() => stack.upstreamMetrics().sum('vllm:num_requests_running') === 0)
  })

  test('the signal of the caller stops it; the iteration throws the reason', async () => {
    const over = new AbortController()
    const answer = client.generate(ask('[[tokens=5000]] Forever'), { signal: over.signal })
    const { generationId } = await answer.ids
    const reading = (async () => {
      for await (const event of answer) if (event.type === 'delta') over.abort(new Error('enough'))
    })()
    await expect(reading).rejects.toThrow('enough')
    const { finished } = await readAll(client.watch(generationId))
    expect(finished.reason).toBe('stopped')
    await expect(client.generate(ask('x'), { signal: over.signal }).ids).rejects.toThrow('enough')
  })

  test('watching can be given up without ending the answer', async () => {
    const { generationId } = await client.generate(ask('[[tokens=100]] Go on')).ids
    const over = new AbortController()
    const watching = readAll(client.watch(generationId, { signal: over.signal }))
    over.abort(new Error('left'))
    await expect(watching).rejects.toThrow('left')
    expect((await readAll(client.watch(generationId))).finished.reason).toBe('stop')
  })

  test('a call repeated with its id is the same call, also twenty times at once', async () => {
    const before = (await stack.metrics()).requests()
    const call = { requestId: randomUUID(), ...ask('[[tokens=5]] Once') }
    const all = await Promise.all(Array.from({ length: 20 }, () => client.api.generations.start.mutate(call)))
    expect(new Set(all.map(({ generationId }) => generationId)).size).toBe(1)
    const message = { requestId: randomUUID(), content: '[[tokens=5]] Once' }
    const sent = await Promise.all(
      Array.from({ length: 20 }, () => client.api.conversations.send.mutate(message)),
    )
    expect(new Set(sent.map((ids) => JSON.stringify(ids))).size).toBe(1)
    for (const { generationId } of [all[0], sent[0]].filter((one) => one !== undefined))
      await readAll(client.watch(generationId))
    expect(await client.api.generations.start.mutate(call)).toEqual(all[0])
    await until(async () => (await stack.metrics()).requests()['success'] === (before['success'] ?? 0) + 2)
    // Two kinds of calls with one request id: neither gets the other's answer.
    const refused = { data: { code: 'BAD_INPUT', field: 'requestId' } }
    const { conversations, generations } = client.api
    await expect(conversations.send.mutate({ ...message, requestId: call.requestId })).rejects.toMatchObject(
      refused,
    )
    await expect(generations.start.mutate({ ...call, requestId: message.requestId })).rejects.toMatchObject(
      refused,
    )
  })

  test('what waits in the queue says where, moves up, and can be stopped', async () => {
    const running = Array.from({ length: 4 }, () => client.generate(ask('[[tokens=100000]] Long')))
    const ids = await Promise.all(running.map(({ ids }) => ids))
    await until(async () => (await client.api.system.status.query()).activeGenerations === 4)
    const waiting = client.generate(ask('[[tokens=3]] short'))
    // Two calls on two connections come in no order.
    await waiting.ids
    const second = client.generate(ask('[[tokens=3]] short'))
    const { generationId } = await second.ids
    expect((await client.api.system.status.query()).queuedGenerations).toBe(2)
    const reader = readAll(second)
    await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') === 1)
    expect(await client.stop(generationId)).toBe(true)
    const stopped = await reader
    expect(stopped.events.map(({ type }) => type)).toEqual(['queued', 'finished'])
    expect(stopped.finished.reason).toBe('stopped')
    const reading = readAll(waiting)
    for (const { generationId } of ids) await client.stop(generationId)
    const { events, finished } = await reading
    expect(events[0]).toEqual({ type: 'queued', position: 1 })
    expect(finished).toMatchObject({ reason: 'stop' })
    expect(finished.timings.queuedMs).toBeGreaterThan(0)
  })

  test('what is unknown is NOT_FOUND, without trying again for ever', async () => {
    await expect(readAll(client.watch(randomUUID()))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(client.stop(randomUUID())).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(readAll(client.watch('no uuid'))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      field: 'generationId',
    })
  })

  test('nobody is left behind', async () => {
    await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') === 0)
    const page = await stack.metrics()
    expect(page.sum('chat_active_generations') + page.sum('chat_queued_generations')).toBe(0)
  })
})
