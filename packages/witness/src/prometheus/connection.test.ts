import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { PrometheusConnection } from './connection.ts'

/** Answers every query alike, and records the queries. */
async function answering(status: number, body: unknown) {
  const asked: { path: string; authorization: string | undefined; form: Record<string, string> }[] = []
  const server = createServer((request: IncomingMessage, response) => {
    let text = ''
    request.on('data', (bytes: Buffer) => (text += bytes.toString()))
    request.on('end', () => {
      const form = Object.fromEntries(new URLSearchParams(text))
      asked.push({ path: request.url ?? '', authorization: request.headers.authorization, form })
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    asked,
    host: `127.0.0.1:${port}`,
    [Symbol.dispose]: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const nothing = { status: 'success', data: { resultType: 'matrix', result: [] } }

test('the samples themselves are asked for, at a path of its own and with a user and password', async () => {
  using server = await answering(200, nothing)
  const url = new URL(`http://us%40er:p%C3%A4ss@${server.host}/some/prefix/`)
  const connection = new PrometheusConnection({ url })
  expect(await connection.samples('{job="a"}', 1_700_000_000_123, 5_000.5)).toEqual([])
  expect(connection.url).toBe(`http://${server.host}/some/prefix`)
  expect(server.asked).toEqual([
    {
      path: '/some/prefix/api/v1/query',
      authorization: `Basic ${Buffer.from('us@er:päss').toString('base64')}`,
      form: { query: '{job="a"}[5001ms]', time: '1700000000.123', nocache: '1' },
    },
  ])
})

test('a token, and warnings with the query that caused them', async () => {
  using server = await answering(200, { ...nothing, warnings: ['PromQL warning: a name'] })
  const connection = new PrometheusConnection({ url: new URL(`http://${server.host}`), bearer: 'secret' })
  await connection.samples('{job="a"}', 0, 1000)
  await connection.samples('{job="a"}', 0, 1000)
  expect(server.asked[0]?.authorization).toBe('Bearer secret')
  expect(connection.warnings).toEqual(['Prometheus warns of {job="a"}[1000ms]: PromQL warning: a name'])
})

test.each([
  [401, 'Unauthorized', 'HTTP 401: give --prometheus-bearer-file'],
  [200, '<html>', 'is the URL what stands before /api/v1?'],
  [400, { status: 'error', errorType: 'bad_data', error: 'parse error' }, 'bad_data: parse error'],
  [200, { status: 'success', data: { resultType: 'vector', result: [] } }, 'not the samples'],
])('HTTP %i with %j is said to be wrong', async (status, body, message) => {
  using server = await answering(status, body)
  const connection = new PrometheusConnection({ url: new URL(`http://${server.host}`) })
  await expect(connection.samples('{job="a"}', 0, 1000)).rejects.toThrow(message)
})
