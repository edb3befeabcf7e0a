import type { Outcome } from './target.ts'

type Failure = NonNullable<Outcome['error']>

/** What the network said, with the system's code (`ECONNREFUSED`) or ours (`CONNECTION_CLOSED`). */
export function errorOf(error: unknown): Failure {
  let code = 'CONNECTION'
  let message = String(error)
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const named = (at as NodeJS.ErrnoException).code
    if (typeof named === 'string') code = named
    if (at.message !== '') message = at.message
  }
  return { code, message }
}

/** A response that is no stream: vLLM's body, or the start of whatever a proxy wrote. */
export function refusalOf(status: number, body: string): Failure {
  let message = body.slice(0, 200)
  try {
    const { error, detail } = JSON.parse(body) as { error?: { message?: string } | string; detail?: string }
    message = (typeof error === 'string' ? error : error?.message) ?? detail ?? message
  } catch {
    // No JSON: the text itself says more than that it is none.
  }
  return { code: `HTTP_${status}`, message }
}
