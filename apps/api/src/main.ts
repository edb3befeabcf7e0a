import { ZodError } from 'zod'
import { startApi } from './api.ts'
import { type Config, readConfig } from './env.ts'
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

/** What an operator can change about a failed start, if it is that kind of failure. */
function advice(error: unknown, { HOST, PORT, DATA_DIR }: Config): string | undefined {
  const { code, port, syscall } = error as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE' || (code === 'EACCES' && port !== undefined)) {
    const problem = code === 'EADDRINUSE' ? 'is taken by another program' : 'needs privileges'
    return `Port ${port ?? '?'} ${problem}. Set ${port === PORT ? 'PORT' : 'METRICS_PORT'} to a free one.`
  }
  if (code === 'EADDRNOTAVAIL' || syscall === 'getaddrinfo')
    return `${HOST} is no address of this machine. Set HOST to one that is.`
  if (syscall === 'mkdir' || code === 'ERR_SQLITE_ERROR')
    return `The store in ${DATA_DIR} cannot be opened (${(error as Error).message}). Set DATA_DIR to a folder that can be written.`
  return undefined
}

const config = configOrExit()
const log = createLogger(config.LOG_LEVEL)

try {
  const api = await startApi(config, log)
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      // A second signal means now.
      if (stopping) process.exit(1)
      stopping = true
      log.info({ signal }, 'draining')
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
    })
  log.info({ url: api.url, metricsUrl: `${api.metricsUrl}/metrics`, upstream: config.VLLM_URL }, 'api ready')
} catch (error) {
  const sentence = advice(error, config)
  if (sentence === undefined) throw error
  console.error(sentence)
  process.exit(badConfiguration)
}
