import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { drain } from './drain.ts'
import { BAD_CONFIGURATION, BadConfiguration, readEnv } from './env.ts'
import type { Env } from './env.ts'
import { createLog } from './log.ts'
import type { PageHandler } from './web-server.ts'
import { createWebServer } from './web-server.ts'

const BUILT_PAGES = new URL('../build/handler.js', import.meta.url)

function stop(message: string, code: number): never {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}

async function loadPages(): Promise<PageHandler> {
  if (!existsSync(BUILT_PAGES)) stop('The pages are not built: run `pnpm --filter @slicechat/web build`.', 1)
  const module = (await import(BUILT_PAGES.href)) as { handler: PageHandler }
  return module.handler
}

function whyNotListening(error: NodeJS.ErrnoException, { HOST, PORT }: Env): string {
  if (error.code === 'EADDRINUSE') return `Port ${PORT} is taken on ${HOST}: set PORT to another one.`
  if (error.code === 'EACCES') return `Port ${PORT} needs more rights: set PORT to one above 1023.`
  if (error.code === 'EADDRNOTAVAIL') return `This machine has no address ${HOST}: set HOST to one it has.`
  return `Cannot listen on ${HOST}:${PORT}: ${error.message}`
}

function environment(): Env {
  try {
    return readEnv()
  } catch (error) {
    if (error instanceof BadConfiguration) return stop(error.message, BAD_CONFIGURATION)
    throw error
  }
}

const env = environment()
const log = createLog(env.LOG_LEVEL)
const web = createWebServer(env, await loadPages(), log)
try {
  web.server.listen(env.PORT, env.HOST)
  await once(web.server, 'listening')
} catch (error) {
  stop(whyNotListening(error as NodeJS.ErrnoException, env), BAD_CONFIGURATION)
}
const { port } = web.server.address() as AddressInfo

let stopping = false
function drainFor(reason: string): void {
  if (stopping) return
  stopping = true
  log.info({ reason }, 'draining')
  void drain(web, env.DRAIN_TIMEOUT_S * 1_000).then(() => {
    log.info('stopped')
    process.exit(0)
  })
}
let signals = 0
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    // A second signal stops the process at once.
    if (++signals > 1) process.exit(1)
    drainFor(signal)
  })
log.info({ host: env.HOST, port, api: env.API_URL }, 'listening')
// The parent that started this process with an IPC channel has closed the channel, or is gone.
process.once('disconnect', () => drainFor('disconnect'))
if (process.send && !process.connected) drainFor('disconnect')
