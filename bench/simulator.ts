import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  histogramDelta,
  histogramOf,
  parseExposition,
  quantileInterval,
  shareWithin,
  type Exposition,
} from '@slicechat/metrics'
import { StreamLoad } from './simulator-load.ts'

interface Phase {
  readonly name: string
  readonly streams: number
  readonly itlMs: number
}

const PHASES: readonly Phase[] = [
  { name: '20,000 tokens/s offered', streams: 400, itlMs: 20 },
  { name: '50,000 tokens/s offered', streams: 1000, itlMs: 20 },
  { name: '200,000 tokens/s offered', streams: 200, itlMs: 1 },
]

/** Code is compiled and connections settle before anything is counted. */
const WARM_UP_MS = 3000

interface Result {
  readonly phase: string
  readonly streams: number
  readonly offeredPerS: number | null
  readonly tokensPerS: number
  readonly seenByClientPerS: number
  readonly cpuMicrosPerToken: number
  readonly cpuShare: number
  /** Cores that neither the simulator nor this client used: with few cores, their users are in the figures. */
  readonly othersCpuShare: number
  readonly peakRssMiB: number
  /** Seconds; the bucket that holds the quantile. */
  readonly errorP50: readonly [number, number] | null
  readonly errorP99: readonly [number, number] | null
  readonly within2ms: number | null
}

/** `npm run bench -- simulator [--seconds 10]`: tokens a second, error against the schedule, CPU and memory. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { seconds: { type: 'string', default: '10' } } })
  const seconds = Number(values.seconds)
  if (!(seconds > 0)) throw new Error(`--seconds: a number above 0, got "${values.seconds}"`)
  const results: Result[] = []
  for (const phase of PHASES) results.push(await measure(phase, seconds))
  print(results)
  console.log(JSON.stringify({ bench: 'simulator', node: process.version, seconds, results }))
}

async function measure(phase: Phase, seconds: number): Promise<Result> {
  const { process: server, url } = await startServer(phase)
  const load = new StreamLoad()
  try {
    const model = 'sim/qwen2.5-3b-instruct'
    await load.open(url, { streams: phase.streams, spreadMs: Math.max(500, phase.streams), model })
    await sleep(WARM_UP_MS)
    const before = await scrape(url)
    const [startMs, startTokens, startBusy] = [performance.now(), load.tokens, busySeconds()]
    const startClient = process.cpuUsage()
    // Nothing is asked of the server in between: a scrape is work, and would show up as lateness.
    await sleep(seconds * 1000)
    const after = await scrape(url)
    const elapsed = (performance.now() - startMs) / 1000
    const seen = load.tokens - startTokens
    const client = process.cpuUsage(startClient)
    const busy = busySeconds() - startBusy - (client.user + client.system) / 1e6
    return toResult(phase, { before, after, elapsed, seen, busy, peakRss: peakRssOf(server.pid, after) })
  } finally {
    load.close()
    server.kill('SIGTERM')
    await once(server, 'exit')
  }
}

function toResult(
  phase: Phase,
  of: { before: Exposition; after: Exposition; elapsed: number; seen: number; busy: number; peakRss: number },
): Result {
  const delta = (name: string) => value(of.after, name) - value(of.before, name)
  const tokens = delta('vllm:generation_tokens_total')
  const cpu = delta('process_cpu_seconds_total')
  const [first, last] = [of.before, of.after].map((page) =>
    histogramOf(page, 'simulator_schedule_error_seconds'),
  )
  const error = first && last ? histogramDelta(first, last).delta : undefined
  // Without a schedule there is nothing to be late for.
  const scheduled = phase.itlMs > 0 ? error : undefined
  return {
    phase: phase.name,
    streams: phase.streams,
    offeredPerS: phase.itlMs > 0 ? (phase.streams * 1000) / phase.itlMs : null,
    tokensPerS: Math.round(tokens / of.elapsed),
    seenByClientPerS: Math.round(of.seen / of.elapsed),
    cpuMicrosPerToken: Number(((cpu / tokens) * 1e6).toFixed(1)),
    cpuShare: Number((cpu / of.elapsed).toFixed(2)),
    othersCpuShare: Number(Math.max(0, (of.busy - cpu) / of.elapsed).toFixed(2)),
    peakRssMiB: Math.round(of.peakRss / 2 ** 20),
    errorP50: scheduled ? quantileInterval(scheduled, 0.5) : null,
    errorP99: scheduled ? quantileInterval(scheduled, 0.99) : null,
    within2ms: scheduled ? (shareWithin(scheduled, 0.002)?.[0] ?? null) : null,
  }
}

async function startServer(phase: Phase): Promise<{ process: ChildProcess; url: URL }> {
  const main = join(import.meta.dirname, '../apps/simulator/src/main.ts')
  const flags = ['--port', '0', '--dcgm-port', 'off', '--ttft', '50ms', '--itl', `${phase.itlMs}ms`]
  const server = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /http:\S+/.exec(line)?.[0]
    if (url !== undefined) return { process: server, url: new URL(url) }
  }
  throw new Error('the simulator ended before it listened')
}

async function scrape(url: URL): Promise<Exposition> {
  return parseExposition(await (await fetch(new URL('/metrics', url))).text())
}

/** CPU seconds that all processes of the machine have used. */
const busySeconds = () =>
  cpus().reduce((sum, { times }) => sum + (times.user + times.sys + times.nice + times.irq) / 1000, 0)

/** The most memory the process ever held, where the system tells; else what it holds now. */
function peakRssOf(pid: number | undefined, page: Exposition): number {
  try {
    const kibibytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8'))?.[1]
    if (kibibytes !== undefined) return Number(kibibytes) * 1024
  } catch {
    // No such file elsewhere than on Linux.
  }
  return value(page, 'process_resident_memory_bytes')
}

const value = (page: Exposition, name: string) => page.samples(name)[0]?.value ?? 0

function print(results: readonly Result[]): void {
  const ms = (interval: readonly [number, number] | null) =>
    interval === null ? '-' : `${(interval[0] * 1000).toFixed(1)}–${(interval[1] * 1000).toFixed(1)}`
  console.table(
    Object.fromEntries(
      results.map((result) => [
        result.phase,
        {
          streams: result.streams,
          'tokens/s': result.tokensPerS,
          'µs CPU/token': result.cpuMicrosPerToken,
          'CPU cores': result.cpuShare,
          others: result.othersCpuShare,
          'peak MiB': result.peakRssMiB,
          'error p50 ms': ms(result.errorP50),
          'error p99 ms': ms(result.errorP99),
          'within 2 ms': result.within2ms === null ? '-' : `${(result.within2ms * 100).toFixed(2)} %`,
        },
      ]),
    ),
  )
}
