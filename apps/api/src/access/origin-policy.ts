import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback } from '@slicechat/server'

/**
 * Decides which web pages may use the API. A browser sends the page's origin in `Origin`, and in `Host` the name that
 * the page asked for. If only this machine can connect, `Host` must name this machine or an allowed origin: another
 * site whose name was pointed to 127.0.0.1 (DNS rebinding) sends its own name.
 */
export class OriginPolicy {
  readonly #origins: ReadonlySet<string>
  readonly #hosts: ReadonlySet<string>
  readonly #loopbackOnly: boolean

  /** @param listening the address that the API listens on */
  constructor(allowedOrigins: readonly string[], listening: string) {
    this.#origins = new Set(allowedOrigins)
    this.#hosts = new Set(allowedOrigins.map((origin) => new URL(origin).host))
    this.#loopbackOnly = isLoopback(listening)
  }

  /** Whether a request may pass: it comes from no web page, or from an allowed one. */
  admit({ origin, host }: IncomingHttpHeaders): boolean {
    return (origin === undefined || this.#origins.has(origin)) && this.#isOurs(host)
  }

  /** Whether a page that may pass makes this request, by the word of its browser, and no other page or program. */
  isFromOurPage(headers: IncomingHttpHeaders): boolean {
    const { origin } = headers
    return origin === undefined
      ? headers['sec-fetch-site'] === 'same-origin'
      : this.#origins.has(origin) && this.admit(headers)
  }

  #isOurs(host: string | undefined): boolean {
    if (!this.#loopbackOnly || host === undefined || this.#hosts.has(host)) return true
    return URL.canParse(`http://${host}`) && isLoopback(new URL(`http://${host}`).hostname)
  }
}
