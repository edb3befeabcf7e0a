import { startApi } from './api.ts'
import type { Config } from './env.ts'
import type { Logger } from './logger.ts'

/** Serves the API until a signal, the end of the parent process, or another API that has taken the store stops it. */
export async function serve(config: Config, log: Logger): Promise<void> {
  // Before the API has started there is nothing to drain. The handler is needed: process 1 of a container ignores
  // signals without one.
  let drain: (reason: string) => void = () => process.exit(0)
  let signals = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      // A second signal stops at once.
      if (++signals > 1) process.exit(1)
      drain(signal)
    })
  // The parent process, which opened an IPC channel, has closed it or has ended.
  process.once('disconnect', () => drain('disconnect'))

  const api = await startApi(config, log, () => drain('store taken'))
  drain = (reason) => {
    drain = () => undefined
    log.info({ reason }, 'draining')
    api.drain().then(
      () => {
        log.info('stopped')
        process.exit(0)
      },
      (error: unknown) => {
        log.error({ err: error }, 'could not stop in order')
        process.exit(1)
      },
    )
  }
  if (process.send && !process.connected) drain('disconnect')
  // It stands on its own too, since a log of JSON is hard to copy from.
  if (api.firstAdminLink !== undefined)
    process.stdout.write(
      `\nThere is no admin yet. Open this link once to become the first one:\n\n  ${api.firstAdminLink}\n\n`,
    )
  log.info({ url: api.url, metricsUrl: `${api.metricsUrl}/metrics`, upstream: config.VLLM_URL }, 'api ready')
}
