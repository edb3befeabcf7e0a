import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  histogramDelta,
  histogramOf,
  quantileInterval,
  shareWithin,
  type Exposition,
} from '@slicechat/metrics/reading'
import { Children } from './children.ts'
import { describeMachine } from './machine.ts'
import { MODEL, peakRssOf, scrape, startServer, valueOf, type Timing } from './simulator/server.ts'
import { soak } from './simulator/soak.ts'
import { StreamLoad } from './simulator/stream-load.ts'

interface Phase {
  readonly name: string
  readonly streams: number
  readonly timing: Timing
}

// Fixed timing spreads tokens over time. The batching engine emits all tokens of a step at one instant, as a
// GPU does, and the last of them waits until the others are written.
const PHASES: readonly Phase[] = [
  { name: 'fixed, 20,000/s', streams: 400, timing: { engine: 'fixed', itlMs: 20 } },
  { name: 'fixed, 50,000/s', streams: 1000, timing: { engine: 'fixed', itlMs: 20 } },
  { name: 'fixed, 200,000/s', streams: 200, timing: { engine: 'fixed', itlMs: 1 } },
  { name: 'batching, 20,000/s', streams: 100, timing: { engine: 'batching', stepMs: 5, maxNumSeqs: 100 } },
  { name: 'batching, 20,000/s', streams: 256, timing: { engine: 'batching', stepMs: 12.8, maxNumSeqs: 256 } },
  { name: 'batching, 50,000/s', streams: 256, timing: { engine: 'batching', stepMs: 5.12, maxNumSeqs: 256 } },
]
const stepOf = (timing: Timing) => (timing.engine === 'fixed' ? timing.itlMs : timing.stepMs)

/** During the warm-up, code is compiled and connections settle. */
const WARM_UP_MS = 3000

interface Result {
  readonly phase: string
  readonly streams: number
  readonly offeredPerS: number
  readonly tokensPerS: number
  readonly seenByClientPerS: number
  readonly cpuMicrosPerToken: number
  readonly cpuShare: number
  /**
   * Share of cores that neither the simulator nor this client used: on few cores, other programs affect the figures.
   */
  readonly othersCpuShare: number
  readonly peakRssMiB: number
  /** In seconds: the bounds of the bucket that holds the quantile. */
  readonly errorP50: readonly [number, number] | null
  readonly errorP99: readonly [number, number] | null
  readonly within2ms: number | null
}

/**
 * `npm run bench -- simulator [--seconds 10]`: tokens per second, error against the schedule, CPU and memory.
 * `npm run bench -- simulator --soak 600`: memory over this many seconds of requests that come and go.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { seconds: { type: 'string', default: '10' }, soak: { type: 'string' } },
  })
  for (const name of ['seconds', 'soak'] as const)
    if (values[name] !== undefined && !(Number(values[name]) > 0))
      throw new Error(`--${name}: a number above 0, got "${values[name]}"`)
  if (values.soak !== undefined) return soak(Number(values.soak))
  const seconds = Number(values.seconds)
  const machine = describeMachine()
  const results: Result[] = []
  for (const phase of PHASES) results.push(await measure(phase, seconds))
  print(results)
  console.log(JSON.stringify({ bench: 'simulator', ...machine, seconds, results }))
}

async function measure(phase: Phase, seconds: number): Promise<Result> {
  await using children = new Children()
  const { pid, url } = await startServer(children, phase.timing)
  const load = new StreamLoad()
  const { streams } = phase
  await load.open(url, { streams, spreadMs: Math.max(500, streams), model: MODEL, answerTokens: 32_000 })
  await sleep(WARM_UP_MS)
  const before = await scrape(url)
  const [startMs, startTokens, startBusy] = [performance.now(), load.tokens, busySeconds()]
  const startClient = process.cpuUsage()
  // The server is not scraped in between: a scrape is work, and would show up as lateness.
  await sleep(seconds * 1000)
  const after = await scrape(url)
  const elapsed = (performance.now() - startMs) / 1000
  const seen = load.tokens - startTokens
  const client = process.cpuUsage(startClient)
  const busy = busySeconds() - startBusy - (client.user + client.system) / 1e6
  load.close()
  return toResult(phase, { before, after, elapsed, seen, busy, peakRss: peakRssOf(pid, after) })
}

function toResult(
  phase: Phase,
  of: { before: Exposition; after: Exposition; elapsed: number; seen: number; busy: number; peakRss: number },
): Result {
  const delta = (name: string) => valueOf(of.after, name) - valueOf(of.before, name)
  const tokens = delta('vllm:generation_tokens_total')
  const cpu = delta('process_cpu_seconds_total')
  const [first, last] = [of.before, of.after].map((page) =>
    histogramOf(page, 'simulator_schedule_error_seconds'),
  )
  const error = first && last ? histogramDelta(first, last).delta : undefined
  return {
    phase: phase.name,
    streams: phase.streams,
    offeredPerS: Math.round((phase.streams * 1000) / stepOf(phase.timing)),
    tokensPerS: Math.round(tokens / of.elapsed),
    seenByClientPerS: Math.round(of.seen / of.elapsed),
    cpuMicrosPerToken: Number(((cpu / tokens) * 1e6).toFixed(1)),
    cpuShare: Number((cpu / of.elapsed).toFixed(2)),
    othersCpuShare: Number(Math.max(0, (of.busy - cpu) / of.elapsed).toFixed(2)),
    peakRssMiB: Math.round(of.peakRss / 2 ** 20),
    errorP50: error ? quantileInterval(error, 0.5) : null,
    errorP99: error ? quantileInterval(error, 0.99) : null,
    within2ms: error ? (shareWithin(error, 0.002)?.[0] ?? null) : null,
  }
}

/** CPU seconds that all processes of the machine have used so far. */
const busySeconds = () =>
  cpus().reduce((sum, { times }) => sum + (times.user + times.sys + times.nice + times.irq) / 1000, 0)

function print(results: readonly Result[]): void {
  const ms = (interval: readonly [number, number] | null) =>
    interval === null ? '-' : `${(interval[0] * 1000).toFixed(1)}–${(interval[1] * 1000).toFixed(1)}`
  console.table(
    Object.fromEntries(
      results.map((result) => [
        `${result.phase}, ${result.streams} streams`,
        {
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
