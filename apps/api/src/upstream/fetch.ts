import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { MAX_REDIRECTS, readRedirect } from '@slicechat/model-server'
import { Agent, errors, request } from 'undici'
import { CodedError } from '../errors.ts'

/**
 * A `fetch` for the `openai` package whose response body is Node's own stream, because web streams cost twice as much.
 * Every response is `ok`, because that package understands only some errors; callers check `status`. Redirects within
 * the same host are followed.
 */
export interface NodeFetch {
  fetch: typeof globalThis.fetch
  close: () => Promise<void>
}

interface NodeResponse {
  ok: boolean
  status: number
  url: string
  headers: Headers
  body: Readable
  text: () => Promise<string>
  json: () => Promise<unknown>
}

/** The Node stream of a response that this module's `fetch` made. */
export function bodyOf(response: Response): Readable {
  return (response as unknown as NodeResponse).body
}

/** Largest body that is read as a whole: lists of models and error messages of a model server are smaller. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024
const TEXT_TIMEOUT_MS = 10_000

/** Discards a body that will not be read. */
function discard(body: Readable): void {
  // The destroyed body emits an error, which without a listener would end the process.
  body.on('error', () => {})
  body.destroy()
}

/** Reads a short body as a whole. @throws when the body is too large or stalls */
async function readText(body: Readable): Promise<string> {
  let size = 0
  const timer = setTimeout(() => body.destroy(new Error('the body stalled')), TEXT_TIMEOUT_MS)
  body.on('data', (bytes: Buffer) => {
    size += bytes.length
    if (size > MAX_TEXT_BYTES) body.destroy(new Error('the body is too large'))
  })
  try {
    return await text(body)
  } finally {
    clearTimeout(timer)
  }
}

/**
 * @param connectTimeoutMs time-out for opening a TCP (and TLS) connection
 */
export function createFetch(connectTimeoutMs: number): NodeFetch {
  // The stream reader has its own time-outs for headers and body, because it can tell a slow prefill from a dead stream.
  const agent = new Agent({ connect: { timeout: connectTimeoutMs }, headersTimeout: 0, bodyTimeout: 0 })

  const send = (url: URL, init: RequestInit) =>
    request(url, {
      method: (init.method ?? 'GET') as 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      body: (init.body ?? null) as string | null,
      signal: init.signal ?? null,
      dispatcher: agent,
    }).catch((error: unknown) => {
      // The `openai` package would report this as its own time-out, which means something else.
      if (!(error instanceof errors.ConnectTimeoutError)) throw error
      const message = `The model server cannot be reached (no connection within ${connectTimeoutMs / 1000} s).`
      throw new CodedError('UPSTREAM_UNREACHABLE', message)
    })

  const fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    let url = new URL(input instanceof Request ? input.url : input)
    for (let hops = 0; ; hops++) {
      const { statusCode, headers, body } = await send(url, init)
      const { location } = headers
      const redirect = readRedirect(url, init.method ?? 'GET', statusCode, String(location ?? ''))
      if (redirect === null) return toResponse(url, statusCode, headers, body)
      discard(body)
      if (!redirect.isSameHost) throw moved(`redirects to ${redirect.shownUrl}`)
      if (hops === MAX_REDIRECTS) throw moved(`redirects again and again, last to ${redirect.shownUrl}`)
      url = redirect.to
    }
  }
  return { fetch, close: () => agent.destroy() }
}

const moved = (what: string): CodedError =>
  new CodedError('UPSTREAM_REJECTED', `The model server ${what}. Put into VLLM_URL where it is.`)

function toResponse(
  url: URL,
  status: number,
  headers: Record<string, string | string[] | undefined>,
  body: Readable,
): Response {
  const response: NodeResponse = {
    ok: true,
    status,
    url: url.href,
    headers: new Headers(
      Object.entries(headers).flatMap(([name, value]) =>
        value === undefined
          ? []
          : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
      ),
    ),
    body,
    text: () => readText(body),
    json: async () => JSON.parse(await readText(body)) as unknown,
  }
  return response as unknown as Response
}
