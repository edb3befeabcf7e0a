import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A stored series: seconds since 1970, and each value as it is written. */
export interface Stored {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [seconds: number, value: string])[]
}

export interface Asked {
  readonly method: string
  /** Without the query string. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly form: Readonly<Record<string, string>>
}

/** A server's answer: a status and its body, or `undefined` to cut the connection in the middle of a body. */
export type Answering = (
  asked: Asked,
) => { status: number; body: string; headers?: Record<string, string> } | undefined

/** A server on a socket that answers queries with `answering`. */
export async function queryServer(answering: Answering) {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let text = ''
    request.on('data', (bytes: Buffer) => (text += bytes.toString()))
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://any')
      const form = Object.fromEntries([...searchParams, ...new URLSearchParams(text)])
      const answer = answering({
        method: request.method ?? '',
        path: pathname,
        headers: request.headers,
        form,
      })
      if (answer) response.writeHead(answer.status, answer.headers).end(answer.body)
      else response.writeHead(200, { 'content-length': 999 }).write('{"status":', () => response.destroy())
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { origin: `http://127.0.0.1:${port}`, stop, [Symbol.dispose]: stop }
}

/** The samples of a selector with a range in milliseconds, as PromQL's `[range]` selects them. */
export function selected(
  stored: readonly Stored[],
  form: Asked['form'],
  { leftOpen = false } = {},
): Stored[] {
  const [, matchers = '', range = ''] = /^\{(.*)\}\[(\d+)ms\]$/s.exec(form['query'] ?? '') ?? []
  const untilMs = Number(form['time']) * 1000
  const fromMs = untilMs - Number(range)
  const wanted = [...matchers.matchAll(/(\w+)(=~|=)"((?:[^"\\]|\\.)*)"/g)].map(
    ([, label = '', how, value = '']) => {
      const pattern = value.replaceAll('\\\\', '\\')
      return {
        label,
        matches: (text: string) => (how === '=' ? text === value : new RegExp(`^(?:${pattern})$`).test(text)),
      }
    },
  )
  return stored
    .filter(({ metric }) => wanted.every(({ label, matches }) => matches(metric[label] ?? '')))
    .map(({ metric, values }) => ({
      metric,
      values: values.filter(([seconds]) => {
        const ms = Math.round(seconds * 1000)
        return ms <= untilMs && (leftOpen ? ms > fromMs : ms >= fromMs)
      }),
    }))
    .filter(({ values }) => values.length > 0)
}
