import type { IncomingHttpHeaders } from 'node:http'
import { isIPv4 } from 'node:net'

/** Whether an address, or a name, is this machine for itself alone. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '')
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'))
}

/**
 * Which web pages may use the API. A browser says a page's `Origin`, and in `Host` the name that the page
 * asked for. Where only this machine can connect, that name must be this machine's: a page of another site
 * whose name was turned to 127.0.0.1 (DNS rebinding) sends its own.
 */
export class Pages {
  readonly #origins: ReadonlySet<string>
  readonly #hosts: ReadonlySet<string>
  readonly #loopbackOnly: boolean

  /** @param listening the address that the API listens on */
  constructor(allowedOrigins: readonly string[], listening: string) {
    this.#origins = new Set(allowedOrigins)
    this.#hosts = new Set(allowedOrigins.map((origin) => new URL(origin).host))
    this.#loopbackOnly = isLoopback(listening)
  }

  /** Whether a request is no page's, or that of a page that may. */
  admit({ origin, host }: IncomingHttpHeaders): boolean {
    return (origin === undefined || this.#origins.has(origin)) && this.#isOurs(host)
  }

  #isOurs(host: string | undefined): boolean {
    if (!this.#loopbackOnly || host === undefined || this.#hosts.has(host)) return true
    return URL.canParse(`http://${host}`) && isLoopback(new URL(`http://${host}`).hostname)
  }
}
