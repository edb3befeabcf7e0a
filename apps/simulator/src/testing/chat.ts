import type { Simulator } from '../index.ts'

/** Sends a chat request to a simulator; the response may be a stream. */
export function ask(
  simulator: Simulator,
  content: string,
  options: Readonly<Record<string, unknown>> = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${simulator.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content }], ...options }),
    signal: signal ?? null,
  })
}

export interface Chunk {
  readonly choices?: readonly {
    readonly delta: { readonly content?: string; readonly reasoning?: string; readonly role?: string }
    readonly finish_reason: string | null
  }[]
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number }
  readonly error?: { readonly message: string; readonly code: number }
}

/** The events of a whole stream, parsed; an event that is not JSON stays text. */
export function chunksOf(body: string): (Chunk | string)[] {
  return body
    .split('\n\n')
    .filter(Boolean)
    .map((event) => event.replace(/^data: /, ''))
    .map((event) => {
      try {
        return JSON.parse(event) as Chunk
      } catch {
        return event
      }
    })
}

/** The text of a stream. */
export function textOf(body: string, kind: 'content' | 'reasoning' = 'content'): string {
  return chunksOf(body)
    .map((chunk) => (typeof chunk === 'string' ? '' : (chunk.choices?.[0]?.delta[kind] ?? '')))
    .join('')
}

/** The value of a series on a page of metrics, from the first line that begins with `series`. */
export function metric(page: string, series: string): number {
  const line = page.split('\n').find((candidate) => candidate.startsWith(series))
  return line === undefined ? NaN : Number(line.slice(line.lastIndexOf(' ') + 1))
}
