import { type ReverseProxy, startReverseProxy } from './reverse-proxy.ts'

/** A proxy as companies use them: it forwards HTTP, streams included, and refuses every upgrade. */
export const blockUpgrades = (target: string): Promise<ReverseProxy> =>
  startReverseProxy(
    target,
    ({ headers }) => {
      headers['x-forwarded-host'] = headers.host
      return true
    },
    (socket) => socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
  )
