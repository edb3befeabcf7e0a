import { visible } from '@slicechat/report/text'
import { pino } from 'pino'

/** What the parts of the API need of a logger. Lines never hold message text. */
export type Logger = pino.Logger

/**
 * JSON lines on standard output, one object each. Written at once: pino's buffered way never lets the
 * process end when nobody reads its output any more.
 */
export function createLogger(level: string): Logger {
  const settings = {
    ...{ level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    // What JSON leaves as it is, such as C1 controls, a terminal would still obey.
    hooks: { streamWrite: (line: string) => visible(line) },
  }
  return pino(settings, pino.destination({ sync: true }))
}
