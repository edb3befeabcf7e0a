import { Pool } from 'undici'

/**
 * A `fetch` for the client's calls over connections that are kept: a POST with a short JSON body each way. The
 * built-in one costs several times as much CPU, which simultaneous starts would see as latency. What is no POST (the
 * streams of SSE) goes to the built-in one.
 */
export interface CallFetch {
  readonly fetch: typeof globalThis.fetch
  close(): Promise<void>
}

export function createCallFetch(origin: string): CallFetch {
  const pool = new Pool(origin, { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 10_000 } })

  const post = (url: URL, { headers, body, signal }: RequestInit): Promise<Response> =>
    new Promise((resolve, reject) => {
      let status = 0
      const chunks: Buffer[] = []
      pool.dispatch(
        {
          method: 'POST',
          path: url.pathname + url.search,
          headers: headers as Record<string, string>,
          body: body as string,
        },
        {
          onRequestStart: (controller) => {
            if (signal?.aborted) return controller.abort(signal.reason as Error)
            signal?.addEventListener('abort', () => controller.abort(signal.reason as Error), { once: true })
          },
          onResponseStart: (_controller, statusCode) => {
            status = statusCode
          },
          onResponseData: (_controller, chunk) => {
            chunks.push(chunk)
          },
          onResponseEnd: () => {
            const text = Buffer.concat(chunks).toString()
            const response: Partial<Response> = {
              ok: status >= 200 && status < 300,
              status,
              text: () => Promise.resolve(text),
              json: () => Promise.resolve().then(() => JSON.parse(text) as unknown),
            }
            resolve(response as Response)
          },
          onResponseError: (_controller, error) => reject(error),
        },
      )
    })

  return {
    fetch: (input, init = {}) => {
      if (init.method !== 'POST' || typeof init.body !== 'string') return fetch(input, init)
      return post(new URL(input instanceof Request ? input.url : input), init)
    },
    close: () => pool.destroy(),
  }
}
