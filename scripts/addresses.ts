import { networkInterfaces } from 'node:os'
import { isLoopback } from '@slicechat/server'

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
const isAny = (host: string): boolean => host === '0.0.0.0' || host === '::'

/** Address, as `http://host`, at which this machine reaches a server that listens on `host`. */
export function localUrl(host: string): string {
  return `http://${bracketed(isAny(host) ? '127.0.0.1' : host)}`
}

/** Addresses, as `http://host`, at which other machines reach a server that listens on `host`; none for loopback. */
export function sharedUrls(host: string): string[] {
  if (isLoopback(host)) return []
  if (!isAny(host)) return [`http://${bracketed(host)}`]
  return Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => `http://${address}`)
}
