import type { Config } from './env.ts'
import type { Logger } from './logger.ts'
import { type Patience, StoreInUse } from './store/lock.ts'

/** How long an API waits for its store: another one with the same settings needs at most this long to stop. */
export const patienceOf = ({ DRAIN_TIMEOUT_S }: Config, log: Logger): Patience => ({
  ms: DRAIN_TIMEOUT_S * 1000,
  onWait: (why) =>
    log.warn(
      `${why.message} Waiting up to ${DRAIN_TIMEOUT_S} s for ${why instanceof StoreInUse ? 'it to stop' : 'it'}.`,
    ),
})
