import { pino } from 'pino'

/** What the parts of the API need of a logger. Lines never hold message text. */
export type Logger = pino.Logger

/** JSON lines on standard output, one object each. */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime })
}
