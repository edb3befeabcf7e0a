import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a stub answers: pieces of text, each written `everyMs` milliseconds after the one before. */
export interface StubAnswer {
  readonly texts: readonly string[]
  readonly everyMs?: number
  /** All events are written at once, as by a proxy that buffers. */
  readonly buffered?: boolean
  readonly usage?: Readonly<Record<string, number>>
}

const event = (body: unknown): string => `data: ${JSON.stringify(body)}\n\n`

/** A model server with scripted answers, for answers that the simulator never gives. */
export async function startStubServer(answer: () => StubAnswer): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((request, response) => {
    request.resume()
    if (request.url?.endsWith('/models')) {
      response.setHeader('content-type', 'application/json').end('{"object":"list","data":[{"id":"stub"}]}')
      return
    }
    response.setHeader('content-type', 'text/event-stream')
    const { texts, everyMs = 0, buffered = false, usage } = answer()
    const choice = (delta: unknown, reason: string | null) => ({
      choices: [{ index: 0, delta, finish_reason: reason }],
    })
    const events = [
      event(choice({ role: 'assistant', content: '' }, null)),
      ...texts.map((content) => event(choice({ content }, null))),
      event({ ...choice({}, 'stop'), ...(usage === undefined ? {} : { usage }) }),
      'data: [DONE]\n\n',
    ]
    void (async () => {
      for (const part of buffered ? [events.join('')] : events) {
        response.write(part)
        if (everyMs > 0) await sleep(everyMs)
      }
      response.end()
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
