import type { IncomingMessage, ServerResponse } from 'node:http'
import { pino } from 'pino'
import type { Logger } from 'pino'

export type { Logger }

/** Writes synchronously: pino's buffered destination never lets the process end once nobody reads its output. */
export function createLog(level: string): Logger {
  const settings = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  return pino(settings, pino.destination({ sync: true }))
}

/** The path without its query, which can hold text that a person wrote. */
export function pathOf(url: string | undefined): string {
  return (url ?? '/').split('?', 1)[0] ?? '/'
}

/** Logs one line per request when it is over. Requests for built files and health checks are logged at debug level. */
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
