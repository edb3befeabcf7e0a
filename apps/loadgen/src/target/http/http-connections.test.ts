import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { HttpConnections } from './http-connections.ts'

const open: (() => unknown)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

/** A server, the connections it has seen, and a client of it. */
async function served(server: Server | ReturnType<typeof createTcpServer>, origin = 'http://127.0.0.1') {
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => sockets.push(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const connections = new HttpConnections(new URL(`${origin}:${port}`))
  open.push(() => {
    connections.destroy()
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { connections, sockets }
}
const http = (listener: RequestListener) => served(createServer(listener))
/** A TCP server that calls `answer` for each piece of a request. */
const raw = (answer: (socket: Socket) => void) =>
  served(createTcpServer((socket) => void socket.on('error', () => {}).on('data', () => answer(socket))))

interface Answer {
  status: number
  body: string
  error: NodeJS.ErrnoException | undefined
}

function post(connections: HttpConnections, body = '{}', onData?: (close: () => void) => void) {
  const answer: Answer = { status: 0, body: '', error: undefined }
  return new Promise<Answer>((resolve) => {
    const close = connections.request(
      { path: '/echo?x=1', headers: { 'content-type': 'application/json', 'x-one': 'ö' }, body },
      {
        head: (status) => (answer.status = status),
        data: (bytes) => {
          answer.body += bytes.toString()
          onData?.(close)
        },
        end: () => resolve(answer),
        fail: (error) => resolve({ ...answer, error }),
      },
    )
  })
}

const echo: RequestListener = (request, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', (text: string) => (body += text))
  request.on('end', () => response.end(`${request.method} ${request.url} ${request.headers.host} ${body}`))
}

test('requests one after the other take one connection, those at once one each', async () => {
  const { connections, sockets } = await http(echo)
  for (const text of ['早安', 'x'.repeat(300_000)]) {
    const { status, body } = await post(connections, text)
    expect(status).toBe(200)
    expect(body).toMatch(/^POST \/echo\?x=1 127\.0\.0\.1:\d+ /)
    expect(body.endsWith(` ${text}`)).toBe(true)
  }
  expect(sockets).toHaveLength(1)
  const all = await Promise.all(Array.from({ length: 5 }, (_, n) => post(connections, `no. ${n}`)))
  expect(all.map(({ body }) => body.slice(-5))).toEqual(['no. 0', 'no. 1', 'no. 2', 'no. 3', 'no. 4'])
  expect(sockets).toHaveLength(5)
  await post(connections)
  expect(sockets).toHaveLength(5)
})

test.each([
  ['says so', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi', false],
  ['is of HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nhi', true],
])('after a server that ends its connections (it %s) there is a new one', async (_how, text, ends) => {
  const { connections, sockets } = await raw((socket) => (ends ? socket.end(text) : socket.write(text)))
  for (let count = 1; count <= 3; count++) {
    expect(await post(connections)).toEqual({ status: 200, body: 'hi', error: undefined })
    expect(sockets).toHaveLength(count)
  }
})

test('a connection that the server has ended in the meantime is not used again', async () => {
  const { connections, sockets } = await http(echo)
  await post(connections)
  const ended = new Promise((resolve) => sockets[0]?.once('close', resolve))
  sockets[0]?.end()
  await ended
  expect(await post(connections)).toMatchObject({ status: 200, error: undefined })
  expect(sockets).toHaveLength(2)
})

test('what an idle connection says ends it, and is nobody’s answer', async () => {
  const { connections, sockets } = await http(echo)
  await post(connections)
  const closed = new Promise((resolve) => sockets[0]?.once('close', resolve))
  sockets[0]?.write('HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n')
  await closed
  expect(await post(connections)).toMatchObject({ status: 200, error: undefined })
})

test('who gives up closes the connection and hears nothing more', async () => {
  const { connections, sockets } = await http((_request, response) => {
    response.write('first')
  })
  let heard = 0
  const over = post(connections, '{}', (close) => {
    heard++
    close()
  })
  await expect.poll(() => sockets[0]?.destroyed).toBe(true)
  sockets[0]?.write('more')
  expect(heard).toBe(1)
  expect(await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 20, 'nothing'))])).toBe(
    'nothing',
  )
})

test('who gives up hears nothing more of what had arrived together', async () => {
  const chunks = '3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n'
  const { connections } = await raw((socket) =>
    socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`),
  )
  const heard: string[] = []
  await new Promise<void>((resolve, reject) => {
    const close = connections.request(
      { path: '/', headers: {}, body: '{}' },
      {
        head: () => {},
        end: () => reject(new Error('it ended')),
        fail: reject,
        data: (bytes) => {
          heard.push(bytes.toString())
          close()
          setImmediate(resolve)
        },
      },
    )
  })
  expect(heard).toEqual(['one'])
})

test.each([
  ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', 'CONNECTION_CLOSED', 'half'],
  ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n', 'CONNECTION_CLOSED', 'half'],
  ['HTTP/1.1 200', 'CONNECTION_CLOSED', ''],
  ['', 'CONNECTION_CLOSED', ''],
  ['220 mail.example.org ESMTP\r\n\r\n', 'BAD_RESPONSE', ''],
])('after %j the end of the connection is %s', async (text, code, body) => {
  const { connections } = await raw((socket) => socket.end(text))
  const answer = await post(connections)
  expect(answer.body).toBe(body)
  expect(answer.error?.code).toBe(code)
})

test('a reset and a closed port are told with the system’s codes', async () => {
  const { connections } = await raw((socket) => socket.resetAndDestroy())
  expect((await post(connections)).error?.code).toBe('ECONNRESET')
  const gone = new HttpConnections(new URL('http://127.0.0.1:1'))
  expect((await post(gone)).error?.code).toBe('ECONNREFUSED')
})

test('an answer that comes before the request was read through is taken', async () => {
  const { connections, sockets } = await raw((socket) => {
    socket.pause()
    socket.write('HTTP/1.1 413 Payload Too Large\r\ncontent-length: 3\r\n\r\nbig')
  })
  const answer = { status: 413, body: 'big', error: undefined }
  expect(await post(connections, 'x'.repeat(8_000_000))).toEqual(answer)
  // The rest of the first request is still being written, and the second would have to queue behind it.
  expect(await post(connections)).toEqual(answer)
  expect(sockets).toHaveLength(2)
})

test('over TLS it is the same, and who the server is is looked at', async () => {
  const pem = readFileSync(new URL('../../testing/localhost.pem', import.meta.url), 'utf8')
  const { connections, sockets } = await served(
    createTlsServer({ key: pem, cert: pem }, echo),
    'https://localhost',
  )
  expect((await post(connections)).error?.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
  const trusted = getCACertificates()
  try {
    setDefaultCACertificates([...trusted, pem])
    const before = sockets.length
    for (const text of ['one', 'x'.repeat(200_000)])
      expect((await post(connections, text)).body.endsWith(` ${text}`)).toBe(true)
    expect(sockets.length).toBe(before + 1)
  } finally {
    setDefaultCACertificates(trusted)
  }
})

test('a server that does not speak TLS is told from one that is gone', async () => {
  const { connections } = await served(createServer(echo), 'https://127.0.0.1')
  expect((await post(connections)).error?.code).toMatch(/^(ERR_SSL|EPROTO)/)
})
