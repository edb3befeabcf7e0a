import { ZodError } from 'zod'
import { startApi } from './api.ts'
import { type Config, readConfig } from './env.ts'
import { createLogger } from './logger.ts'
import { isFull } from './storage-full.ts'
import { StoreInUse } from './store/lock.ts'

/** Exit code `EX_CONFIG` of sysexits.h. */
const BAD_CONFIGURATION = 78

function configOrExit(): Config {
  try {
    return readConfig()
  } catch (error) {
    if (!(error instanceof ZodError)) throw error
    console.error('The configuration has problems:')
    for (const { path, message } of error.issues) console.error(`  ${path.join('.')}: ${message}`)
    process.exit(BAD_CONFIGURATION)
  }
}

/** Advice on a start that failed; `undefined` if the operator cannot fix the cause by configuration. */
function advice(error: unknown, { HOST, PORT, DATA_DIR }: Config): string | undefined {
  const { code, port, syscall } = error as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE' || (code === 'EACCES' && port !== undefined)) {
    const problem = code === 'EADDRINUSE' ? 'is taken by another program' : 'needs privileges'
    return `Port ${port ?? '?'} ${problem}. Set ${port === PORT ? 'PORT' : 'METRICS_PORT'} to a free one.`
  }
  if (code === 'EADDRNOTAVAIL' || syscall === 'getaddrinfo')
    return `${HOST} is no address of this machine. Set HOST to one that is.`
  if (error instanceof StoreInUse) return error.message
  if (isFull(error))
    return `The volume of ${DATA_DIR} is full. Make room on it, or set DATA_DIR to a folder of another.`
  if (syscall === 'mkdir' || code === 'ERR_SQLITE_ERROR')
    return `The store in ${DATA_DIR} cannot be opened (${(error as Error).message}). Set DATA_DIR to a folder that can be written.`
  return undefined
}

const config = configOrExit()
const log = createLogger(config.LOG_LEVEL)

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

try {
  const api = await startApi(config, log)
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
  log.info({ url: api.url, metricsUrl: `${api.metricsUrl}/metrics`, upstream: config.VLLM_URL }, 'api ready')
} catch (error) {
  const sentence = advice(error, config)
  if (sentence === undefined) throw error
  console.error(sentence)
  process.exit(BAD_CONFIGURATION)
}
