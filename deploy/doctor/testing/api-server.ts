import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { list, record, text } from '../value.ts'

/** An HTTP server that answers as an API server does, with the objects of a fixture; other paths get 404. */
export interface ApiServer extends AsyncDisposable {
  readonly socketPath: string
  readonly port: number
  /** Every request, as `METHOD PATH`. */
  readonly requests: string[]
}

/** @param status to answer with instead of 200, by path */
export async function apiServer(fixture: string, status: Record<string, number> = {}): Promise<ApiServer> {
  const documents = parseAllDocuments(readFileSync(fixture, 'utf8')).map((each) => each.toJS() as unknown)
  const answers = Object.assign({}, ...documents.map((each) => record(each, 'answers'))) as Record<
    string,
    string
  >
  const objects = documents.filter((each) => text(each, 'kind') !== undefined)
  const requests: string[] = []
  const listener: RequestListener = ({ method = '', url = '' }, response) => {
    requests.push(`${method} ${url}`)
    const path = url.split('?')[0] ?? ''
    const items = objects.filter((object) => listed(object, url))
    const body = answers[url] ?? (items.length > 0 ? JSON.stringify({ items }) : undefined)
    response.statusCode = status[path] ?? (body === undefined ? 404 : 200)
    response.setHeader('content-type', 'application/json')
    response.end(body ?? '{"message": "the server could not find the requested resource"}')
  }
  const folder = await mkdtemp(join(tmpdir(), 'api-server-'))
  const socketPath = join(folder, 'api.sock')
  const onSocket = createServer(listener).listen(socketPath)
  const onPort = createServer(listener).listen(0, '127.0.0.1')
  await Promise.all([once(onSocket, 'listening'), once(onPort, 'listening')])
  return {
    socketPath,
    port: (onPort.address() as AddressInfo).port,
    requests,
    async [Symbol.asyncDispose]() {
      onSocket.close()
      onPort.close()
      onPort.closeAllConnections()
      await rm(folder, { recursive: true })
    },
  }
}

/** Whether a list at this URL contains the object: by kind, version, namespace, and a selector of one label or name. */
function listed(object: unknown, url: string): boolean {
  const { pathname, searchParams } = new URL(url, 'http://api')
  const version = text(object, 'apiVersion') ?? ''
  const root = `/${version.includes('/') ? 'apis' : 'api'}/${version}/`
  if (!pathname.startsWith(root)) return false
  const kind = (text(object, 'kind') ?? '').toLowerCase()
  const plural = kind.endsWith('s')
    ? `${kind}es`
    : kind.endsWith('y')
      ? `${kind.slice(0, -1)}ies`
      : `${kind}s`
  const namespace = text(object, 'metadata', 'namespace') ?? ''
  if (![plural, `namespaces/${namespace}/${plural}`].includes(pathname.slice(root.length))) return false
  const [label, value] = searchParams.get('labelSelector')?.split('=') ?? []
  const field = searchParams.get('fieldSelector')
  return (
    (label === undefined || value === undefined || text(object, 'metadata', 'labels', label) === value) &&
    (field === null || field === `metadata.name=${text(object, 'metadata', 'name') ?? ''}`) &&
    list(object, 'items').length === 0
  )
}
