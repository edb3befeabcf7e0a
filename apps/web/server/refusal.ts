import type { ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { API_ERRORS, CLIENT_ERRORS } from '@slicechat/contract'

const errors = { ...API_ERRORS, API_UNREACHABLE: CLIENT_ERRORS.API_UNREACHABLE }

/** An error answer of the forwarder itself, in the shape of a tRPC error. */
export interface Refusal {
  code: keyof typeof errors
  message: string
}

export const apiUnreachable: Refusal = {
  code: 'API_UNREACHABLE',
  message: 'The chat service does not answer.',
}

export const foreignOrigin: Refusal = {
  code: 'FORBIDDEN',
  message: 'Requests from pages of other sites are refused.',
}

/** @param inOpenaiForm as OpenAI's clients read it, otherwise as tRPC's does */
function bodyOf({ code, message }: Refusal, inOpenaiForm: boolean): string {
  const { http, retryable } = errors[code]
  if (inOpenaiForm) {
    const type = http >= 500 ? 'server_error' : 'permission_error'
    return JSON.stringify({ error: { message, type, param: null, code } })
  }
  // -32603 is JSON-RPC's "internal error". tRPC uses this number for errors that no procedure defines.
  return JSON.stringify({
    error: { message, code: -32603, data: { code, retryable, httpStatus: http } },
  })
}

/** Refuses a request. If the headers are sent already, it closes the connection instead. */
export function refuse(response: ServerResponse, refusal: Refusal, id: string, inOpenaiForm: boolean): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = bodyOf(refusal, inOpenaiForm)
  response.writeHead(errors[refusal.code].http, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-request-id': id,
  })
  response.end(body)
}

/** Refuses an upgrade with a plain HTTP answer on the socket, and then closes the socket. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal, id: string): void {
  const body = bodyOf(refusal, false)
  const { http } = errors[refusal.code]
  const head = [
    `HTTP/1.1 ${http} ${STATUS_CODES[http] ?? ''}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${id}`,
    'Connection: close',
  ]
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
