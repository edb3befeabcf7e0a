import { connect, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ask, readAll } from '../testing/reading.ts'
import { type Stack, startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

const bytes = 10_000_000
setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

/** Bytes that the API wrote to its sockets and that are still buffered in this process. */
function unsent(stack: Stack): number {
  const handles = (process as unknown as { _getActiveHandles: () => unknown[] })._getActiveHandles()
  const ours = handles.filter(
    (handle): handle is Socket => handle instanceof Socket && handle.localPort === stack.port,
  )
  return ours.reduce((sum, { writableLength }) => sum + writableLength, 0)
}

const used = (): number => {
  gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

interface StuckReader {
  /** Goes on reading; resolves with the text after `finished`. */
  resume: () => Promise<string>
}

const textOf = (event: { type: string; text?: string }): string =>
  event.type === 'delta' ? (event.text ?? '') : ''

async function overWebSocket(stack: Stack, generationId: string): Promise<StuckReader> {
  const socket = new WebSocket(`${stack.api.url.replace('http', 'ws')}/trpc`)
  await new Promise((resolve) => socket.once('open', resolve))
  socket.pause()
  socket.send(
    JSON.stringify({
      id: 1,
      method: 'subscription',
      params: { path: 'generations.stream', input: { generationId } },
    }),
  )
  return {
    resume: () =>
      new Promise((resolve) => {
        let text = ''
        socket.on('message', (raw: Buffer) => {
          if (raw.toString() === 'PING') return socket.send('PONG')
          const { result } = JSON.parse(raw.toString()) as { result: { data?: { data: { type: string } } } }
          if (result.data === undefined) return
          text += textOf(result.data.data)
          if (result.data.data.type !== 'finished') return
          socket.close()
          resolve(text)
        })
        socket.resume()
      }),
  }
}

function overSse(stack: Stack, generationId: string): Promise<StuckReader> {
  const socket = connect(stack.port, '127.0.0.1')
  const input = encodeURIComponent(JSON.stringify({ generationId }))
  socket.pause()
  socket.write(`GET /trpc/generations.stream?input=${input} HTTP/1.0\r\naccept: text/event-stream\r\n\r\n`)
  return Promise.resolve({
    resume: () =>
      new Promise((resolve) => {
        let body = ''
        socket.setEncoding('utf8').on('data', (piece: string) => (body += piece))
        socket.on('close', () => {
          const events = [...body.matchAll(/^data: (\{"type".*\})\r?$/gm)].map((found) => found[1] ?? '{}')
          resolve(events.map((data) => textOf(JSON.parse(data) as { type: string })).join(''))
        })
        socket.resume()
      }),
  })
}

test.each([
  ['WebSocket', overWebSocket],
  ['SSE', overSse],
])('a reader over %s that never reads costs no memory, and misses nothing', async (_name, open) => {
  await using stack = await startStack({ simulator: { maxModelLen: 4_000_000 } })
  stack.simulator.faults.add({ kind: 'flood', bytes, times: 1 })
  const client = stack.client()
  const { generationId } = await client.generate(ask('x')).ids
  const reader = await open(stack, generationId)
  const before = used()
  const state = async (): Promise<string> =>
    (await stack.metrics()).requests()['success'] === 1 ? 'done' : ''
  let most = 0
  while ((await state()) === '') {
    most = Math.max(most, unsent(stack))
    await sleep(20)
  }
  await sleep(100)
  most = Math.max(most, unsent(stack))
  expect(most).toBeLessThan(1_000_000)
  expect(used() - before).toBeLessThan(4 * bytes)
  const text = await reader.resume()
  expect(text.length).toBe(bytes)
  expect(text).toBe((await readAll(client.watch(generationId))).text)
})

test('a thousand streams through one socket that is not read share its room', async () => {
  await using stack = await startStack({ simulator: { maxModelLen: 4_000_000 } })
  const warnings: Error[] = []
  const onWarning = (warning: Error): number => warnings.push(warning)
  process.on('warning', onWarning)
  stack.simulator.faults.add({ kind: 'flood', bytes: 500_000, times: 1 })
  const { generationId } = await stack.client().generate(ask('x')).ids
  await until(async () => (await stack.metrics()).requests()['success'] === 1)
  const socket = new WebSocket(`${stack.api.url.replace('http', 'ws')}/trpc`)
  await new Promise((resolve) => socket.once('open', resolve))
  socket.pause()
  const count = 1_000
  for (let id = 1; id <= count; id++)
    socket.send(
      JSON.stringify({
        id,
        method: 'subscription',
        params: { path: 'generations.stream', input: { generationId } },
      }),
    )
  // The first few streams fit into the buffers of the operating system.
  await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') > count - 50)
  await sleep(300)
  expect(unsent(stack)).toBeLessThan(1_000_000)
  const lengths = new Map<number, number>()
  let finished = 0
  socket.on('message', (raw: Buffer) => {
    const text = raw.toString()
    // The API sends a PING if the machine stood still.
    if (text === 'PING') return
    const { id, result } = JSON.parse(text) as {
      id: number
      // The message `reconnect` of a server that ends has none.
      result?: { data?: { data: { type: string } } }
    }
    const event = result?.data?.data
    if (event === undefined) return
    lengths.set(id, (lengths.get(id) ?? 0) + textOf(event).length)
    if (event.type === 'finished') finished++
  })
  socket.resume()
  // Reading all 500 MB would take too long. A part of it shows that every stream moves.
  await until(() => lengths.size === count, 20_000)
  socket.terminate()
  await until(async () => (await stack.metrics()).sum('chat_stream_subscribers') === 0)
  process.off('warning', onWarning)
  expect(warnings.map(({ name }) => name)).not.toContain('MaxListenersExceededWarning')
  expect(finished).toBeLessThanOrEqual(count)
})
