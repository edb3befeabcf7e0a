import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A proxy for a metrics page that loses counts: once a sample of `series` has grown, the proxy shows `lost` less than
 * its value.
 */
export async function loseCount(
  page: string,
  series: RegExp,
  lost: number,
): Promise<{ url: string } & AsyncDisposable> {
  const first = new Map<string, number>()
  const server = createServer((_request, response) => {
    void fetch(page)
      .then((original) => original.text())
      .then((text) =>
        text
          .split('\n')
          .map((line) => {
            const [, name = '', value = ''] = /^(\S+) (\S+)$/.exec(line) ?? []
            if (!series.test(name)) return line
            const now = Number(value)
            const before = first.get(name) ?? now
            first.set(name, before)
            return `${name} ${now > before ? now - lost : now}`
          })
          .join('\n'),
      )
      .then((text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
