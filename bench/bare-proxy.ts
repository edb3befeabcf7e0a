// The baseline: the least that a Node program between a client and a model server can do.
// `node bench/bare-proxy.ts http://host:port` prints its own address.
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

const target = new URL(process.argv[2] ?? '')
const agent = new Agent({ keepAlive: true })

const server = createServer({ noDelay: true }, (incoming, outgoing) => {
  const { method, headers, url: path } = incoming
  const options = { agent, host: target.hostname, port: target.port, method, path, headers }
  const upstream = request(options, (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(outgoing)
  })
  upstream.on('error', () => outgoing.destroy())
  outgoing.on('close', () => upstream.destroy())
  incoming.pipe(upstream)
})
process.once('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
