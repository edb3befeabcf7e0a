import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createChatClient } from '@slicechat/client'
import { startSimulator } from '@slicechat/simulator'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ApiProcess } from './testing/api-process.ts'
import { ON_POSTGRES } from './testing/env.ts'
import { ask, readAll } from './testing/reading.ts'
import { environment } from './testing/stack.ts'
import { suiteStore } from './testing/suite-store.ts'
import { until } from './testing/until.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slicechat-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function start(vllmUrl: string, over: Record<string, string> = {}): Promise<ApiProcess> {
  const env = { DATA_DIR: folder, ...over }
  const store = await suiteStore(env)
  return new ApiProcess(environment(vllmUrl, { ...store.env, ...env }))
}

test('killed in the middle of answers it loses no message, and the answers keep their text', async () => {
  const simulator = await startSimulator({ port: 0, ttftMs: 2, itlMs: 5 })
  try {
    const sent: { conversationId: string; generationId: string; content: string }[] = []
    const seen = new Map<string, { text: string; last: string }>()
    {
      await using api = await start(`${simulator.url}/v1`)
      const client = createChatClient({ url: await api.ready() })
      for (let i = 0; i < 5; i++) {
        const content = `[[tokens=10000]] message ${i}`
        const { conversationId, generationId } = await client.send({ content }).ids
        sent.push({ conversationId, generationId, content })
        const state = { text: '', last: '0' }
        seen.set(generationId, state)
        client.api.generations.stream.subscribe(
          { generationId },
          {
            onData: ({ id, data }) => {
              if (data.type === 'delta') state.text += data.text
              state.last = id
            },
          },
        )
      }
      await until(() => [...seen.values()].every(({ text }) => text.length > 1_500), 30_000)
      // The API is killed right after it acknowledged this message.
      const content = '[[tokens=10000]] last words'
      sent.push({ ...(await client.send({ content }).ids), content })
      api.kill('SIGKILL')
      await api.ended()
      client.close()
    }
    await using api = await start(`${simulator.url}/v1`)
    const client = createChatClient({ url: await api.ready() })
    for (const { conversationId, generationId, content } of sent) {
      const { messages } = await client.api.conversations.get.query({ id: conversationId })
      expect(messages).toMatchObject([
        { content },
        { generation: { status: 'finished', reason: 'interrupted' } },
      ])
      const kept = messages[1]?.content ?? ''
      const whole = await readAll(client.watch(generationId))
      expect(whole.text).toBe(kept)
      expect(whole.finished.reason).toBe('interrupted')
      const { text, last } = seen.get(generationId) ?? { text: '', last: '0' }
      // At most the text since the last save, about a second before, is lost.
      expect(text.startsWith(kept) || kept.startsWith(text)).toBe(true)
      expect(kept.length).toBeGreaterThan(text.length - 1_500)
      const rest = await readAll(client.watch(generationId, { lastEventId: last }))
      expect(rest.finished.reason).toBe('interrupted')
      if (kept.length > text.length) expect(text + rest.text).toBe(kept)
      else expect(rest.text).toBe('')
    }
    const conversationId = sent[0]?.conversationId ?? ''
    const again = client.send({ conversationId, content: 'go on', params: { maxTokens: 3 } })
    expect((await readAll(again)).finished.reason).toBe('length')
    client.close()
  } finally {
    await simulator.close()
  }
}, 60_000)

test('told to stop, it finishes what runs, takes nothing new, and leaves in order', async () => {
  const simulator = await startSimulator({ port: 0, ttftMs: 2, itlMs: 5 })
  try {
    await using api = await start(`${simulator.url}/v1`, { DRAIN_TIMEOUT_S: '20' })
    const url = await api.ready()
    const client = createChatClient({ url })
    const answer = client.generate(ask('[[tokens=300]] last one'))
    await answer.ids
    const reading = readAll(answer)
    await until(
      () =>
        simulator.metricsText().includes('num_requests_running') &&
        simulator.metricsText().match(/num_requests_running\{.*\} 1/),
    )
    api.kill('SIGTERM')
    await until(async () => (await fetch(`${url}/readyz`)).status === 503)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    await expect(client.generate(ask('one more')).ids).rejects.toMatchObject({
      code: 'SHUTTING_DOWN',
      retryable: true,
    })
    expect((await reading).finished).toMatchObject({ reason: 'stop', usage: { completionTokens: 300 } })
    expect(await api.ended()).toBe(0)
    client.close()
  } finally {
    await simulator.close()
  }
}, 60_000)

test('what does not end in time is interrupted and kept; a second signal means now, its parent’s end is none', async () => {
  const simulator = await startSimulator({ port: 0, ttftMs: 2, itlMs: 5 })
  try {
    {
      await using api = await start(`${simulator.url}/v1`, { DRAIN_TIMEOUT_S: '0.3' })
      const client = createChatClient({ url: await api.ready() })
      const answer = client.generate(ask('[[tokens=100000]] endless'))
      await answer.ids
      const reading = readAll(answer)
      await until(() => simulator.metricsText().match(/num_requests_running\{.*\} 1/))
      api.kill('SIGTERM')
      expect((await reading).finished.reason).toBe('interrupted')
      expect(await api.ended()).toBe(0)
      await until(() => simulator.metricsText().match(/num_requests_running\{.*\} 0/))
      client.close()
    }
    await using api = await start(`${simulator.url}/v1`, { DRAIN_TIMEOUT_S: '100' })
    const url = await api.ready()
    const client = createChatClient({ url })
    await client.generate(ask('[[tokens=100000]] endless')).ids
    api.abandon()
    await until(() => /"reason":"disconnect".*"draining"/.test(api.output))
    api.kill('SIGTERM')
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    api.kill('SIGINT')
    expect(await api.ended()).toBe(1)
    client.close()
  } finally {
    await simulator.close()
  }
}, 60_000)

test('a bad configuration lists every problem, without the secrets, and exits with 78', async () => {
  await using api = await start('nonsense', { PORT: '-1', HOST: '0.0.0.0', API_KEYS: 'tooshort-secret' })
  expect(await api.ended()).toBe(78)
  for (const name of ['VLLM_URL', 'PORT', 'API_KEYS.0']) expect(api.output).toContain(`  ${name}: `)
  expect(api.output).not.toMatch(/tooshort-secret|nonsense|\n {4}at /)
})

test('a port that is taken is named, with its variable, and the answers of the other API are left alone', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  for (const variable of ['PORT', 'METRICS_PORT']) {
    await using api = await start('http://127.0.0.1:9/v1', { [variable]: String(port) })
    expect(await api.ended()).toBe(78)
    expect(api.output).toContain(`Port ${port} is taken by another program. Set ${variable}`)
    expect(api.output).not.toMatch(/\n {4}at /)
  }
  other.close()
})

// store/kinds.postgres.test.ts has these three for PostgreSQL.
test.skipIf(ON_POSTGRES)(
  'a store that another API has is left alone, and waited for until that one is gone',
  async () => {
    const nobody = 'http://127.0.0.1:9/v1'
    await using first = await start(nobody)
    await first.ready()
    await using impatient = await start(nobody, { DRAIN_TIMEOUT_S: '0' })
    expect(await impatient.ended()).toBe(78)
    const inUse = `DATA_DIR=${folder} is in use by another API (process ${first.pid} on `
    expect(impatient.output).toContain(inUse)
    expect(impatient.output).not.toMatch(/\n {4}at /)
    await using next = await start(nobody, { DRAIN_TIMEOUT_S: '60' })
    await using dropped = await start(nobody, { DRAIN_TIMEOUT_S: '60' })
    await until(() => [next, dropped].every(({ output }) => output.includes(inUse)))
    expect(next.output).toContain('Waiting up to 60 s for it to stop.')
    dropped.kill('SIGTERM')
    expect(await dropped.ended()).toBe(0)
    first.kill('SIGKILL')
    await first.ended()
    await next.ready()
  },
  60_000,
)

test.skipIf(ON_POSTGRES)(
  'a folder that cannot be used and an address that is not ours are named',
  async () => {
    const file = join(folder, 'file')
    writeFileSync(file, 'x')
    for (const [over, variable] of [
      [{ DATA_DIR: join(file, 'data') }, 'DATA_DIR'],
      [{ HOST: '203.0.113.1', ALLOW_ANONYMOUS: 'true' }, 'HOST'],
    ] as const) {
      await using api = await start('http://127.0.0.1:9/v1', over)
      expect(await api.ended()).toBe(78)
      expect(api.output).toContain(`Set ${variable}`)
    }
  },
)

test.skipIf(ON_POSTGRES)('a store that is no database of ours is named', async () => {
  writeFileSync(join(folder, 'slicechat.db'), 'this is a text file, and a long one at that. '.repeat(100))
  await using api = await start('http://127.0.0.1:9/v1')
  expect(await api.ended()).toBe(78)
  expect(api.output).toContain('Set DATA_DIR')
})
