import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { requestIdOf } from '@slicechat/server'
import { ApiMode } from './api-mode.ts'
import { isForApi } from './api-paths.ts'
import { belowBase, withSlash } from './base-path.ts'
import type { Env } from './env.ts'
import type { ForwarderSettings } from './forwarder.ts'
import { Forwarder } from './forwarder.ts'
import type { Logger } from './log.ts'
import { logRequest, pathOf } from './log.ts'
import { isTrustworthy } from './origin.ts'
import { refuseUpgrade } from './refusal.ts'
import { WebSocketProxy } from './websocket-proxy.ts'

export type PageHandler = (request: IncomingMessage, response: ServerResponse, next: () => void) => unknown

/** Headers of every answer. SvelteKit sets `Content-Security-Policy` itself, since it knows the nonces of its pages. */
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
}

export type WebSettings = ForwarderSettings & Partial<Pick<Env, 'BASE_PATH'>>

export interface WebServer {
  server: Server
  mode: ApiMode
  forwarder: Forwarder
  webSocketProxy: WebSocketProxy
}

/**
 * The web's HTTP server. It answers health checks, forwards the API's paths, and leaves all other paths to SvelteKit's
 * pages; all below `BASE_PATH` as well as at the root. Pages name their files relative to themselves, so that one build
 * serves every base path.
 */
export function createWebServer(settings: WebSettings, pages: PageHandler, log: Logger): WebServer {
  const { BASE_PATH: base = '' } = settings
  const mode = new ApiMode(settings.API_URL)
  const forwarder = new Forwarder(settings, mode)
  const webSocketProxy = new WebSocketProxy(settings, mode)
  const server = createServer({ noDelay: true })

  server.on('request', (request, response) => {
    const id = requestIdOf(request.headers)
    const location = withSlash(request.url, base)
    request.url = belowBase(request.url, base)
    logRequest(log, request, response, id)
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    // For untrustworthy origins browsers ignore this header, and say so on the console of every page.
    if (isTrustworthy(request.headers)) response.setHeader('cross-origin-opener-policy', 'same-origin')
    if (isForApi(request.url)) {
      forwarder.forward(request, response, id)
      return
    }
    response.setHeader('x-request-id', id)
    if (pathOf(request.url) === '/healthz') {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end('{"status":"ok"}')
      return
    }
    if (location !== undefined) {
      response.writeHead(308, { location }).end()
      return
    }
    void pages(request, response, () => response.writeHead(404).end())
  })
  server.on('upgrade', (request, socket, head) => {
    const id = requestIdOf(request.headers)
    request.url = belowBase(request.url, base)
    log.info({ requestId: id, path: pathOf(request.url), pairs: webSocketProxy.size }, 'upgrade')
    if (pathOf(request.url) === '/trpc') webSocketProxy.open(request, socket, head, id)
    else refuseUpgrade(socket, { code: 'NOT_FOUND', message: 'Only /trpc can be upgraded.' }, id)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
  })
  return { server, mode, forwarder, webSocketProxy }
}
