import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { Proxy } from '../testing/proxy.ts'
import { ask, readAll } from '../testing/reading.ts'
import { startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

// Most of them wait as long as a client does, five seconds, so they do so at the same time.
test.concurrent.each(['refuse', 'swallow'] as const)(
  'a network that %ss upgrades gets answers over SSE',
  async (policy) => {
    await using stack = await startStack()
    await using proxy = await new Proxy(stack.port).listen()
    proxy.upgrades = policy
    const client = stack.client({ url: proxy.url })
    const { text, finished } = await readAll(client.generate(ask('[[tokens=50]] [[echo]] over SSE then')))
    expect(finished.reason).toBe('stop')
    expect(text.startsWith('over SSE then')).toBe(true)
    expect(client.transport).toBe('sse')
    expect((await readAll(client.generate(ask('[[tokens=2]] again')))).finished.reason).toBe('stop')
  },
)

test.concurrent(
  'a swallowed upgrade is given up after five seconds, however often answers begin meanwhile',
  async () => {
    await using stack = await startStack()
    await using proxy = await new Proxy(stack.port).listen()
    proxy.upgrades = 'swallow'
    const client = stack.client({ url: proxy.url })
    const reading: ReturnType<typeof readAll>[] = []
    const asking = setInterval(() => reading.push(readAll(client.generate(ask('[[tokens=2]] hello')))), 1_000)
    try {
      await until(() => client.transport === 'sse', 9_000)
    } finally {
      clearInterval(asking)
    }
    for (const { finished } of await Promise.all(reading)) expect(finished.reason).toBe('stop')
  },
)

test.concurrent(
  'an upgrade on the way back is given up too: it can go to a pod that is no more',
  async () => {
    await using stack = await startStack({ simulator: { itlMs: 2 } })
    await using proxy = await new Proxy(stack.port).listen()
    const client = stack.client({ url: proxy.url, transport: 'websocket' })
    const answer = client.generate(ask('[[tokens=1500]] Long'))
    const reading = readAll(answer)
    await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') === 1)
    proxy.upgrades = 'swallow'
    proxy.cut()
    await until(() => proxy.swallowed > 0)
    proxy.upgrades = 'pass'
    expect((await reading).finished.reason).toBe('stop')
  },
)

test.concurrent.each(['websocket', 'sse'] as const)(
  'over %s, connections that break cost nothing of the answer',
  async (transport) => {
    await using stack = await startStack({ simulator: { itlMs: 2 } })
    await using proxy = await new Proxy(stack.port).listen()
    const client = stack.client({ url: proxy.url, transport })
    const answer = client.generate(
      ask('[[tokens=1000]] [[echo]] ' + Array.from({ length: 900 }, (_, i) => i).join(' ')),
    )
    const { generationId } = await answer.ids
    let cuts = 0
    let text = ''
    let reason = ''
    for await (const event of answer) {
      if (event.type === 'delta') text += event.text
      if (event.type === 'finished') reason = event.reason
      if (cuts < 2 && text.length > 300 * (cuts + 1)) {
        cuts++
        proxy.cut()
      }
    }
    expect(reason).toBe('stop')
    expect(cuts).toBe(2)
    expect(text).toBe((await readAll(stack.client().watch(generationId))).text)
    expect((await stack.metrics()).sum('chat_stream_resumes_total')).toBeGreaterThan(0)
    await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') === 0)
  },
)

test.concurrent('a server that was away for a moment does not cost the socket for good', async () => {
  await using stack = await startStack({ simulator: { itlMs: 2 } })
  await using proxy = await new Proxy(stack.port).listen()
  const client = stack.client({ url: proxy.url })
  const answer = client.generate(ask('[[tokens=1500]] Long'))
  const { generationId } = await answer.ids
  const reading = readAll(answer)
  await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') === 1)
  const before = proxy.connections
  proxy.down = true
  proxy.cut()
  await until(() => proxy.connections >= before + 2, 15_000)
  proxy.down = false
  const { text, finished } = await reading
  expect(finished.reason).toBe('stop')
  expect(text).toBe((await readAll(stack.client().watch(generationId))).text)
})

test('a client with hundreds of streams comes back with all of them', async () => {
  await using stack = await startStack({ env: { MAX_ACTIVE_GENERATIONS: '600' }, simulator: { itlMs: 20 } })
  await using proxy = await new Proxy(stack.port).listen()
  const client = stack.client({ url: proxy.url, transport: 'websocket' })
  const count = 600
  const { generationId } = await client.generate(ask('[[tokens=100000]] many read this')).ids
  const reading = Array.from({ length: count }, () => readAll(client.watch(generationId)))
  await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') === count)
  proxy.cut()
  // The answer must not end before all readers are back, however slow the machine is.
  await until(async () => {
    const metrics = await stack.metrics()
    return metrics.sum('chat_stream_resumes_total') > 0 && metrics.sum('chat_stream_subscribers') === count
  })
  await stack.client().stop(generationId)
  const all = await Promise.all(reading)
  expect(new Set(all.map(({ text }) => text)).size).toBe(1)
  expect(all[0]?.finished.reason).toBe('stopped')
})

test('where a socket has worked, one is tried again a minute after it failed', async () => {
  await using stack = await startStack({ simulator: { itlMs: 20 } })
  await using proxy = await new Proxy(stack.port).listen()
  const client = stack.client({ url: proxy.url })
  await readAll(client.generate(ask('[[tokens=2]] over the socket')))
  const answer = client.generate(ask('[[tokens=100000]] long'))
  const { generationId } = await answer.ids
  const reading = readAll(answer)
  await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') === 1)
  proxy.upgrades = 'refuse'
  proxy.cut()
  await until(() => client.transport === 'sse')
  await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') === 1)
  await stack.client().stop(generationId)
  expect((await reading).finished.reason).toBe('stopped')
  proxy.upgrades = 'pass'
  await readAll(client.generate(ask('[[tokens=2]] too early')))
  expect(client.transport).toBe('sse')
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + 61_000)
  try {
    await readAll(client.generate(ask('[[tokens=2]] again')))
    expect(client.transport).toBe('websocket')
  } finally {
    vi.restoreAllMocks()
  }
})

test.each(['websocket', 'sse'] as const)('a program over %s that is done can end', async (transport) => {
  await using stack = await startStack()
  const client = new URL('../../../../packages/client/src/index.ts', import.meta.url)
  const program = `
    import { createChatClient } from ${JSON.stringify(client.href)}
    const client = createChatClient({ url: '${stack.api.url}', transport: '${transport}' })
    let text = ''
    for await (const event of client.generate({ messages: [{ role: 'user', content: '[[tokens=9]] hi' }] }))
      if (event.type === 'delta') text += event.text
    client.close()
    console.log(text.length > 0, client.transport)
    const ended = performance.now()
    process.on('exit', () => console.log(performance.now() - ended < 6_000 ? 'soon' : 'late'))
  `
  const args = ['--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 15_000 })
  expect(stdout).toBe(`true ${transport}\nsoon\n`)
})
