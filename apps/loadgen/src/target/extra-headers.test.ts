import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { fetchWith } from './extra-headers.ts'

test('a redirect to another place gets none of the headers', async () => {
  const seen: unknown[] = []
  const server = createServer(({ url, headers }, response) => {
    if (url === '/elsewhere') seen.push(headers['x-api-key'])
    response.writeHead(url === '/' ? 302 : 200, { location: '/elsewhere' }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const place = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    const send = fetchWith({ 'x-api-key': 'secret' })
    await expect(send(`${place}/`)).rejects.toThrow()
    expect((await send(`${place}/fine`)).status).toBe(200)
    expect(seen).toEqual([])
  } finally {
    server.close()
  }
})
