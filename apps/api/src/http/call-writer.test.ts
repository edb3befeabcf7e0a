import { on, once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ask, readAll } from '../testing/reading.ts'
import { startStack } from '../testing/stack.ts'

interface Frame {
  result: { type: string; data?: { data: { type: string; text?: string } } }
}

/** Every frame of one stream, as received. */
async function framesOf(url: string, call: object): Promise<string[]> {
  const socket = new WebSocket(url)
  const frames: string[] = []
  const messages = on(socket, 'message')
  await once(socket, 'open')
  socket.send(JSON.stringify(call))
  for await (const [message] of messages as AsyncIterable<[Buffer]>) {
    frames.push(message.toString())
    if ((JSON.parse(frames.at(-1) ?? '') as Frame).result.type === 'stopped') break
  }
  socket.close()
  return frames
}

/** The names and the order of an envelope's fields, without the event itself. */
const shapeOf = (frame: string): string =>
  JSON.stringify(
    JSON.parse(frame, (key, value: unknown) => (key === 'data' && !hasData(value) ? 0 : value)),
  ).replaceAll(/"id":"\d+"/g, '"id":"n"')

const hasData = (value: unknown): boolean => typeof value === 'object' && value !== null && 'data' in value

test.each([
  ['a number', { id: 7 }],
  ['a string that needs escapes', { id: 'a"b' }],
  ['the version of the protocol', { id: 8, jsonrpc: '2.0' }],
])('text is sent in the very words of tRPC: %s', async (_, ids) => {
  await using stack = await startStack({ simulator: { itlMs: 5 } })
  const words = 'quotes " and \\ breaks \n 你好 🙂 and more words to come'
  const { ids: started } = stack.client().generate(ask(`[[tokens=30]] [[echo]] ${words}`))
  const { generationId } = await started
  const params = { path: 'generations.stream', input: { generationId } }
  const url = `${stack.api.url.replace('http', 'ws')}/trpc`
  const frames = await framesOf(url, { ...ids, method: 'subscription', params })

  const events = frames.map((frame) => JSON.parse(frame) as Frame)
  const texts = frames.filter((_, at) => events[at]?.result.data?.data.type === 'delta')
  const finished = frames.find((_, at) => events[at]?.result.data?.data.type === 'finished') ?? ''
  expect(texts.length).toBeGreaterThan(5)
  for (const text of texts) {
    expect(text).toBe(JSON.stringify(JSON.parse(text)))
    expect(shapeOf(text)).toBe(shapeOf(finished))
  }
  const said = events.map((event) => event.result.data?.data.text ?? '').join('')
  expect(said).toBe((await readAll(stack.client().watch(generationId))).text)
})
