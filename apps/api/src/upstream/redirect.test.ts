import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { ask, readAll } from '../testing/reading.ts'
import { delta, events, startScripted } from '../testing/scripted-upstream.ts'
import { startStack } from '../testing/stack.ts'

/** Starts a server that redirects every request. @returns its URL, and the headers of the requests it received */
async function redirecting(to: (request: IncomingMessage) => string, status = 307) {
  const seen: IncomingMessage['headers'][] = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    seen.push(request.headers)
    request.resume().on('end', () => response.writeHead(status, { location: to(request) }).end('moved'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${port}/v1`, seen, [Symbol.dispose]: close }
}

test.each([301, 302, 307, 308])(
  'HTTP %d within the host is followed, body and key included',
  async (status) => {
    await using upstream = await startScripted((response, request) => {
      if (request.url?.startsWith('/old/')) {
        response.writeHead(status, { location: `/v1${request.url.slice('/old'.length)}` }).end()
        return
      }
      events(response, delta('Hi', 'stop'), '[DONE]')
      response.end()
    })
    const url = upstream.url.replace('/v1', '/old')
    await using stack = await startStack({
      upstreamUrl: url,
      env: { MODEL: 'm', VLLM_API_KEY: 'upstream-key' },
    })
    const { finished, text } = await readAll(stack.client().generate(ask('x')))
    expect({ text, reason: finished.reason }).toEqual({ text: 'Hi', reason: 'stop' })
    expect(upstream.requests.map(({ headers, body }) => [headers.authorization, body['stream']])).toEqual([
      ['Bearer upstream-key', true],
      ['Bearer upstream-key', true],
    ])
  },
)

test('another host gets neither request nor key; its place is named without secrets', async () => {
  using elsewhere = await redirecting(() => 'http://127.0.0.1:1/')
  using first = await redirecting(
    ({ url }) => `${elsewhere.url.replace('http://', 'http://user:word@')}${url}?token=word`,
  )
  await using stack = await startStack({
    upstreamUrl: first.url,
    env: { MODEL: 'm', VLLM_API_KEY: 'upstream-key' },
  })
  const { finished } = await readAll(stack.client().generate(ask('x')))
  expect(finished.error?.code).toBe('UPSTREAM_REJECTED')
  expect(finished.error?.message).toContain(`redirects to ${elsewhere.url}/v1/chat/completions.`)
  expect(JSON.stringify(stack.logs) + (finished.error?.message ?? '')).not.toMatch(/word|upstream-key/)
  expect(elsewhere.seen).toEqual([])
})

test('a redirect in a circle ends', async () => {
  using circle = await redirecting(({ url }) => url ?? '/')
  await using stack = await startStack({ upstreamUrl: circle.url, env: { MODEL: 'm' } })
  const { finished } = await readAll(stack.client().generate(ask('x')))
  expect(finished.error).toMatchObject({
    code: 'UPSTREAM_REJECTED',
    message: expect.stringContaining('redirects again and again') as string,
  })
})
