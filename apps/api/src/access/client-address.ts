import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** An address without the notation that IPv6 has for IPv4. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')

/** Finds out from which address a request comes. Only proxies that are trusted may say it for somebody else. */
export class ClientAddresses {
  readonly #trusted = new BlockList()

  /** @param proxies addresses, or networks such as `10.0.0.0/8` */
  constructor(proxies: readonly string[]) {
    for (const proxy of proxies) {
      const [address = '', bits] = proxy.split('/')
      const type = isIP(address) === 6 ? 'ipv6' : 'ipv4'
      if (bits === undefined) this.#trusted.addAddress(address, type)
      else this.#trusted.addSubnet(address, Number(bits), type)
    }
  }

  /** Each proxy appends to `X-Forwarded-For` who called it, so the last address that is no trusted proxy's is the caller's. */
  of({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): string {
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
    let address = plain(socket.remoteAddress ?? '')
    for (const next of forwarded.toReversed()) {
      if (!this.#isTrusted(address)) break
      const candidate = plain(next.trim())
      if (isIP(candidate) === 0) break
      address = candidate
    }
    return address
  }

  #isTrusted(address: string): boolean {
    const version = isIP(address)
    return version !== 0 && this.#trusted.check(address, version === 6 ? 'ipv6' : 'ipv4')
  }
}
