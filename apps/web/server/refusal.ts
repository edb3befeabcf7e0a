import type { ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** An error answer of the forwarder itself, in the shape of a tRPC error. */
export interface Refusal {
  status: number
  code: 'API_UNREACHABLE' | 'FORBIDDEN' | 'NOT_FOUND' | 'BAD_INPUT' | 'SHUTTING_DOWN'
  message: string
  retryable: boolean
}

export const apiUnreachable: Refusal = {
  status: 502,
  code: 'API_UNREACHABLE',
  message: 'The chat service does not answer.',
  retryable: true,
}

export const foreignOrigin: Refusal = {
  status: 403,
  code: 'FORBIDDEN',
  message: 'Requests from pages of other sites are refused.',
  retryable: false,
}

function bodyOf({ status, code, message, retryable }: Refusal): string {
  // -32603 is JSON-RPC's "internal error". tRPC uses this number for errors that no procedure defines.
  return JSON.stringify({
    error: { message, code: -32603, data: { code, retryable, httpStatus: status } },
  })
}

/** Refuses a request. If the headers are sent already, it closes the connection instead. */
export function refuse(response: ServerResponse, refusal: Refusal, id: string): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = bodyOf(refusal)
  response.writeHead(refusal.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-request-id': id,
  })
  response.end(body)
}

/** Refuses an upgrade with a plain HTTP answer on the socket, and then closes the socket. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal, id: string): void {
  const body = bodyOf(refusal)
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${id}`,
    'Connection: close',
  ]
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
