import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { styleText } from 'node:util'
import { localUrl, sharedUrls } from './addresses.ts'
import { printLog } from './log-printer.ts'
import { takenPorts, type WantedPort } from './ports.ts'

/** Exit code of sysexits.h for bad configuration. */
const BAD_CONFIGURATION = 78
const { env } = process
/** The page is for others to reach. API and metrics are for this machine only, unless configured otherwise. */
const hosts = { web: env.HOST || '127.0.0.1', api: env.API_HOST || '127.0.0.1' }
const simulated = !env.VLLM_URL
const portOf = (variable: string, fallback: number): number => Number(env[variable] || fallback)
const ports = {
  web: portOf('WEB_PORT', 3000),
  api: portOf('API_PORT', 4000),
  metrics: portOf('METRICS_PORT', 9100),
  simulator: portOf('SIM_PORT', 8000),
  dcgm: ['', 'off'].includes(env.SIM_DCGM_PORT ?? '9400') ? undefined : portOf('SIM_DCGM_PORT', 9400),
}
const drainTimeout = env.DRAIN_TIMEOUT_S || '5'

const page = `${localUrl(hosts.web)}:${ports.web}`
const api = `${localUrl(hosts.api)}:${ports.api}`
/** The base path as the web server parses it. The web server refuses an invalid one. */
const basePath = `/${(env.BASE_PATH ?? '').replace(/^\/+|\/+$/g, '')}/`.replace('//', '/')

/** How Node runs a part. */
export interface Command {
  arguments: string[]
  cwd?: string
  /** URL that answers 200 once the part can serve, if it is not the part's own health path. */
  health?: string
}

export type PartName = 'simulator' | 'api' | 'web'

/** Addresses that a part's command may need. */
export interface Addresses {
  /** Host and port on which the page listens. */
  web: { host: string; port: number }
  /** Where this machine opens the page. */
  pageUrl: string
}

interface Part extends Command {
  name: PartName
  style: Parameters<typeof styleText>[0]
  env: Record<string, string>
  health: string
}

function partsOf(commands: Record<PartName, Command>): Part[] {
  const simulator: Part = {
    name: 'simulator',
    style: 'magenta',
    env: {
      SIM_PORT: String(ports.simulator),
      // If this process is killed, all parts end at once, and the API's answers need their model server a
      // little longer.
      SIM_SHUTDOWN_TIMEOUT: env.SIM_SHUTDOWN_TIMEOUT || String(Math.ceil(Number(drainTimeout)) + 1),
      SIM_DCGM_PORT: String(ports.dcgm ?? 'off'),
      // The real exporter's interval of 30 s is long for somebody who watches.
      SIM_DCGM_INTERVAL: env.SIM_DCGM_INTERVAL || '1s',
    },
    health: `http://127.0.0.1:${ports.simulator}/health`,
    ...commands.simulator,
  }
  return [
    ...(simulated ? [simulator] : []),
    {
      name: 'api',
      style: 'cyan',
      env: {
        HOST: hosts.api,
        PORT: String(ports.api),
        METRICS_PORT: String(ports.metrics),
        VLLM_URL: env.VLLM_URL || `http://127.0.0.1:${ports.simulator}/v1`,
        DRAIN_TIMEOUT_S: drainTimeout,
        ALLOWED_ORIGINS: env.ALLOWED_ORIGINS || `http://localhost:${ports.web},${page}`,
      },
      health: `${api}/healthz`,
      ...commands.api,
    },
    {
      name: 'web',
      style: 'blue',
      env: { PORT: String(ports.web), API_URL: api, ALLOWED_ORIGINS: env.ALLOWED_ORIGINS ?? '' },
      health: `${page}/healthz`,
      ...commands.web,
    },
  ]
}

/** Exits with 78 if a port is invalid or in use. */
async function checkPorts(): Promise<void> {
  const wanted: WantedPort[] = [
    { variable: 'WEB_PORT', port: ports.web, use: 'web' },
    { variable: 'API_PORT', port: ports.api, use: 'API' },
    { variable: 'METRICS_PORT', port: ports.metrics, use: 'metrics' },
    ...(simulated ? [{ variable: 'SIM_PORT', port: ports.simulator, use: 'simulator' }] : []),
    ...(simulated && ports.dcgm !== undefined
      ? [{ variable: 'SIM_DCGM_PORT', port: ports.dcgm, use: 'simulated GPU metrics' }]
      : []),
  ]
  const noPorts = wanted.filter(({ port }) => !Number.isInteger(port) || port < 1 || port > 65_535)
  for (const { variable } of noPorts)
    console.error(`${variable}=${env[variable] ?? ''} is no port. Use a number from 1 to 65535.`)
  if (noPorts.length > 0) process.exit(BAD_CONFIGURATION)
  const taken = [
    ...(await takenPorts(wanted.slice(0, 1), hosts.web)),
    ...(await takenPorts(wanted.slice(1), hosts.api)),
  ]
  for (const { variable, port, use } of taken)
    console.error(
      `Port ${port} (${use}) is taken by another program. Choose another: ${variable}=${port + 1} npm start`,
    )
  if (taken.length > 0) process.exit(BAD_CONFIGURATION)
}

const running = new Map<PartName, ChildProcess>()
let stopping = false
let misconfigured = false

async function stop(code: number): Promise<never> {
  stopping = true
  // Stops the parts in the order of the data flow, so that each still finds the part that it talks to.
  for (const name of ['web', 'api', 'simulator'] as const) {
    const child = running.get(name)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue
    const exited = once(child, 'exit')
    // Disconnecting has the effect of SIGTERM and works on Windows. A later SIGTERM then does not count as
    // the second one, which stops at once.
    if (child.connected) child.disconnect()
    else child.kill('SIGTERM')
    await exited
  }
  process.exit(code)
}

function launch(part: Part): void {
  const child = spawn(process.execPath, part.arguments, {
    cwd: part.cwd,
    // A part stops in order when its IPC channel closes, which happens with this process, however it ends.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C reaches this process only, which then stops the parts in order.
    detached: process.platform !== 'win32',
    env: { ...env, ...part.env },
  })
  running.set(part.name, child)
  printLog(part.name, part.style, [child.stdout, child.stderr])
  child.once('exit', (code, signal) => {
    if (stopping || misconfigured) return
    if (code === BAD_CONFIGURATION) {
      misconfigured = true
      // The other parts may have configuration problems to report, too, and take about as long to find them.
      setTimeout(() => void stop(BAD_CONFIGURATION), 1_500)
      return
    }
    console.error(
      styleText('red', `${part.name} ended unexpectedly (${signal ?? `exit code ${code ?? '?'}`}).`),
    )
    void stop(1)
  })
}

async function ready(url: string): Promise<void> {
  for (const until = performance.now() + 60_000; performance.now() < until;) {
    const response = await fetch(url).catch(() => null)
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${url} did not answer within a minute`)
}

function greeting(): string {
  const upstream = simulated
    ? 'the built-in simulator (set VLLM_URL to talk to a real vLLM)'
    : `${env.VLLM_URL ?? ''}${env.MODEL ? `, model ${env.MODEL}` : ''}`
  const link = (url: string): string =>
    styleText(['cyan', 'underline'], url + (basePath === '/' ? '' : basePath))
  const shared = sharedUrls(hosts.web).map((url) => link(`${url}:${ports.web}`))
  const toOthers =
    shared.length === 0
      ? ''
      : `
  others   ${shared.join(', ')}
           Whoever reaches it can chat, and read and delete all conversations and load tests.`
  return `
  ${styleText('bold', 'Slicechat is ready')}
  chat     ${link(page.replace('//127.0.0.1:', '//localhost:'))}${toOthers}
  API      ${api}/trpc
  metrics  ${localUrl(hosts.api)}:${ports.metrics}/metrics
  model    ${upstream}${simulated && ports.dcgm !== undefined ? `\n  GPU      http://127.0.0.1:${ports.dcgm}/metrics (simulated too)` : ''}
  ${styleText('dim', 'Ctrl-C stops everything.')}
`
}

/**
 * Runs simulator (unless VLLM_URL names a real server), API and web with one log, until a signal or the end of a part.
 * @param commandsFor returns how each part is run
 * @param prepare runs before the parts start, once their ports are known to be free
 */
export async function runStack(
  commandsFor: (addresses: Addresses) => Record<PartName, Command>,
  prepare: () => void = () => undefined,
): Promise<void> {
  const parts = partsOf(
    commandsFor({ web: { host: hosts.web, port: ports.web }, pageUrl: `${page}${basePath}` }),
  )
  await checkPorts()
  prepare()
  // The IPC channel closes when the parent is gone.
  process.once('disconnect', () => stopping || void stop(0))
  if (process.send && !process.connected) await stop(0)
  // A closed terminal or `| head` takes no more of the log, which is no reason to end out of order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (!stopping) return void stop(0)
      // A terminal or a supervisor sends other signals to the whole group, and run.mjs forwards them: they come twice.
      if (signal !== 'SIGINT') return
      for (const child of running.values()) child.kill('SIGKILL')
      process.exit(130)
    })
  for (const part of parts) launch(part)
  try {
    await Promise.all(parts.map(({ health }) => ready(health)))
  } catch (error) {
    console.error(String(error))
    await stop(1)
  }
  console.log(greeting())
}
