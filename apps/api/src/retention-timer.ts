import type { Logger } from './logger.ts'
import { Retention, type RetentionOptions } from './store/retention.ts'
import type { Database } from './store/tables.ts'

const SWEEP_EVERY_MS = 3_600_000

/** A store that is swept; `close` waits for a sweep that is under way. */
export interface RunningRetention {
  close: () => Promise<void>
}

/** Removes what is older than the operator wants to keep, now and every hour. */
export function startRetention(db: Database, options: RetentionOptions, log: Logger): RunningRetention {
  if (options.conversationDays === undefined && options.runDays === undefined)
    return { close: () => Promise.resolve() }
  const retention = new Retention(db, options)
  let sweeping: Promise<void> | undefined
  const sweep = (): void => {
    sweeping ??= retention
      .sweep(Date.now())
      .then(
        (removed) => {
          if (removed.conversations + removed.runs > 0) log.info(removed, 'removed by retention')
        },
        (error: unknown) => log.error({ err: error }, 'could not remove what is too old; will retry'),
      )
      .finally(() => (sweeping = undefined))
  }
  sweep()
  const timer = setInterval(sweep, SWEEP_EVERY_MS).unref()
  return {
    close: async () => {
      clearInterval(timer)
      retention.close()
      await sweeping
    },
  }
}
