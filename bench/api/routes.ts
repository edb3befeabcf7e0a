import type { ChildProcess } from 'node:child_process'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Children, printedUrl } from '../children.ts'
import { freePorts } from '../../test/stack/free-ports.ts'
import { configureNginx, findNginx } from './nginx.ts'
import type { Protocol } from './protocols.ts'

export type RouteName =
  'direct' | 'bare proxy' | 'nginx' | 'API, WebSocket' | 'API, SSE' | 'openai door' | 'other API, WebSocket'

/** A route from the user to the model: the measured process, and how to talk to it. */
export interface Route {
  name: RouteName
  protocol: Protocol
  url: string
  pid: number
}

export interface RouteOptions {
  itlMs: number
  ttftMs: number
  /** Folder for the API's CPU profile. */
  profile: string | undefined
  /** Folder of another checkout, whose API is measured beside this one's. */
  against: string | undefined
}

const START_MS = 20_000
export const root = join(import.meta.dirname, '../..')
const node = (...args: string[]): [string, ...string[]] => [process.execPath, '--no-warnings', ...args]

/** Starts the simulator and everything that can stand in front of it, each as a process of its own. */
export async function startRoutes(
  children: Children,
  { itlMs, ttftMs, profile, against }: RouteOptions,
): Promise<{ routes: Route[]; skipped: string[] }> {
  const { folder } = children
  const simulator = await startSimulator(children, { ttftMs, itlMs })
  const target = simulator.url
  const routes: Route[] = [{ name: 'direct', protocol: 'openai', ...simulator }]
  const skipped: string[] = []

  const proxy = children.spawn(node(join(root, 'bench/bare-proxy.ts'), target))
  const proxyUrl = await printedUrl(proxy, 'the bare proxy')
  routes.push({ name: 'bare proxy', protocol: 'openai', url: proxyUrl, pid: proxy.pid })

  const nginx = findNginx()
  if (nginx === undefined) skipped.push('nginx is not installed here: left out.')
  else {
    const { args, url, pid } = await configureNginx(folder, new URL(target))
    children.spawn(node(join(root, 'scripts/supervise.ts'), nginx, ...args))
    await answering(`${url}/health`)
    routes.push({ name: 'nginx', protocol: 'openai', url, pid: pid() })
  }

  // One API for each transport, so that they share neither memory nor compiled code.
  const apis: [RouteName, Protocol, string][] = [
    ['API, WebSocket', 'trpc-websocket', root],
    ['API, SSE', 'trpc-sse', root],
    ['openai door', 'openai', root],
  ]
  if (against !== undefined) apis.push(['other API, WebSocket', 'trpc-websocket', resolve(against)])
  for (const [name, protocol, checkout] of apis) {
    const { url, pid } = await startApi(children, { checkout, target, profile, folder: join(folder, name) })
    routes.push({ name, protocol, url, pid })
  }
  return { routes, skipped }
}

/** Starts the API of a checkout in front of a model server. @param env further settings */
export async function startApi(
  children: Children,
  of: { checkout: string; target: string; profile: string | undefined; folder: string },
  env: Record<string, string> = {},
): Promise<{ url: string; pid: number; child: ChildProcess }> {
  const profiling = of.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${of.profile}`]
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const api = children.spawn(node(...profiling, join(of.checkout, 'apps/api/src/main.ts')), {
    VLLM_URL: `${of.target}/v1`,
    DATA_DIR: of.folder,
    HOST: '127.0.0.1',
    PORT: String(port),
    METRICS_PORT: '0',
    LOG_LEVEL: 'warn',
    MAX_ACTIVE_GENERATIONS: '5000',
    DRAIN_TIMEOUT_S: '0',
    ...env,
  })
  await answering(`${url}/healthz`)
  return { url, pid: api.pid, child: api }
}

/** Starts a simulator with fixed timing. */
export async function startSimulator(
  children: Children,
  { ttftMs, itlMs }: Pick<RouteOptions, 'ttftMs' | 'itlMs'>,
): Promise<{ url: string; pid: number }> {
  const timing = ['--ttft', `${ttftMs}ms`, '--itl', `${itlMs}ms`]
  const main = join(root, 'apps/simulator/src/main.ts')
  const simulator = children.spawn(node(main, '--port', '0', '--dcgm-port', 'off', ...timing))
  return { url: await printedUrl(simulator, 'the simulator'), pid: simulator.pid }
}

async function answering(url: string): Promise<void> {
  for (const until = performance.now() + START_MS; performance.now() < until; await sleep(50))
    if ((await fetch(url).catch(() => undefined))?.ok === true) return
  throw new Error(`${url} did not answer within ${START_MS / 1000} s`)
}
