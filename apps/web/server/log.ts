import type { IncomingMessage, ServerResponse } from 'node:http'
import { pino } from 'pino'
import type { Logger } from 'pino'

export type { Logger }

/** Written at once: pino's buffered way never lets the process end when nobody reads its output any more. */
export function createLog(level: string): Logger {
  const settings = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  return pino(settings, pino.destination({ sync: true }))
}

/** The path alone: a query can hold what a person wrote. */
export function pathOf(url: string | undefined): string {
  return (url ?? '/').split('?', 1)[0] ?? '/'
}

/** One line per request, once it is over; what only fetches a file or asks for health is not news. */
export function logRequest(
  log: Logger,
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
): void {
  const start = performance.now()
  response.once('close', () => {
    const path = pathOf(request.url)
    const quiet = path === '/healthz' || path.startsWith('/_app/')
    log[quiet ? 'debug' : 'info'](
      {
        requestId: id,
        method: request.method,
        path,
        status: response.statusCode,
        ms: Math.round(performance.now() - start),
        ...(response.writableFinished ? {} : { aborted: true }),
      },
      'request',
    )
  })
}
