import { visible } from '@slicechat/run/format'
import { pino } from 'pino'

/** The logger of the API. Log lines never hold message text. */
export type Logger = pino.Logger

/**
 * Logs JSON lines, one object each, to standard output. Writing is synchronous: with pino's buffered writing the
 * process never ends once nobody reads its output any more.
 */
export function createLogger(level: string): Logger {
  const settings = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // JSON does not escape some characters that a terminal interprets, such as C1 controls.
    hooks: { streamWrite: (line: string) => visible(line) },
  }
  return pino(settings, pino.destination({ sync: true }))
}
