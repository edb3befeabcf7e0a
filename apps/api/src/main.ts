import { ZodError } from 'zod'
import { startApi } from './api.ts'
import { readConfig, type Config } from './env.ts'
import { createLogger } from './logger.ts'

/** Exit codes of sysexits.h. */
const badConfiguration = 78

function configOrExit(): Config {
  try {
    return readConfig()
  } catch (error) {
    if (!(error instanceof ZodError)) throw error
    console.error('The configuration has problems:')
    for (const { path, message } of error.issues) console.error(`  ${path.join('.')}: ${message}`)
    process.exit(badConfiguration)
  }
}

const config = configOrExit()
const log = createLogger(config.LOG_LEVEL)

try {
  const api = await startApi(config, log)
  log.info({ url: api.url, metricsUrl: `${api.metricsUrl}/metrics`, upstream: config.VLLM_URL }, 'api ready')
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      // A second signal means now.
      if (stopping) process.exit(1)
      stopping = true
      log.info({ signal }, 'draining')
      void api.drain().then(() => {
        log.info('stopped')
        process.exit(0)
      })
    })
} catch (error) {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number }
  if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
  const variable = port === config.PORT ? 'PORT' : 'METRICS_PORT'
  const problem = code === 'EADDRINUSE' ? 'is taken by another program' : 'needs privileges'
  console.error(`Port ${port ?? '?'} ${problem}. Set ${variable} to a free one.`)
  process.exit(badConfiguration)
}
