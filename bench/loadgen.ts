import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { LatencyHistogram, runSchema } from '@slicechat/run'
import { Children, printedUrl } from './children.ts'
import { freePorts } from '../test/stack/free-ports.ts'
import { describeMachine } from './machine.ts'

const root = join(import.meta.dirname, '..')
// The simulator's own metrics of each answer tell how late it was itself.
const TIMING = ['--ttft', '50ms', '--itl', '10ms', '--enable-per-request-metrics']

interface Case {
  readonly way: 'straight' | 'API'
  readonly streams: number
  readonly starts: 'simultaneous' | 'spread'
}

const cases: readonly Case[] = [
  { way: 'straight', streams: 200, starts: 'simultaneous' },
  { way: 'straight', streams: 200, starts: 'spread' },
  { way: 'API', streams: 50, starts: 'simultaneous' },
  { way: 'API', streams: 50, starts: 'spread' },
  { way: 'straight', streams: 100, starts: 'simultaneous' },
  { way: 'straight', streams: 500, starts: 'simultaneous' },
  { way: 'straight', streams: 1_000, starts: 'simultaneous' },
]
/** The p99 of a few hundred requests depends on the luck of three. */
const MIN_REQUESTS = 1_000

/** The part of `calibrate --json` that is shown here, in milliseconds. */
interface Calibration {
  readonly offeredTokensPerSecond: number
  readonly ttftErrorMs: { readonly p50: number; readonly p99: number }
  readonly serverAddedMs: { readonly p50: number; readonly p99: number } | null
  readonly gapErrorMs: { readonly p99: number }
  readonly self: { readonly cores: number; readonly saturated: boolean }
}

/** `npm run bench -- loadgen [--quick]`: measures the load tester's own error, and how punctual its starts are. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { quick: { type: 'boolean', default: false } } })
  const machine = describeMachine()
  await using children = new Children()
  const simulator = join(root, 'apps/simulator/src/main.ts')
  const direct = await printedUrl(
    children.spawn([process.execPath, simulator, '--port', '0', '--dcgm-port', 'off', ...TIMING]),
    'the simulator',
  )
  const api = await startApi(children, direct)
  // Servers that have just started still compile their code.
  if (!values.quick)
    for (const target of [`openai:${direct}`, api])
      await loadgen(children, ['calibrate', '--target', target, '--streams', '50', '--rounds', '5', '--json'])
  const results: (Case & { calibration: Calibration })[] = []
  for (const one of values.quick ? cases.slice(0, 1) : cases) {
    const { way, streams, starts } = one
    const target = ['--target', way === 'API' ? api : `openai:${direct}`]
    const rounds = values.quick ? 1 : Math.max(5, MIN_REQUESTS / streams)
    const load = ['--streams', String(streams), '--starts', starts, '--rounds', String(rounds)]
    const said = await loadgen(children, ['calibrate', ...target, ...load, '--tokens', '200', '--json'])
    const calibration = JSON.parse(said) as Calibration
    results.push({ ...one, calibration })
    print(one, calibration)
  }
  const starts = await punctuality(children, `openai:${direct}`, values.quick ? 2 : 20)
  console.log(
    `${starts.count} starts 20 ms apart were late by ${ms(starts.p50)} at p50 and ${ms(starts.p99)} at p99`,
  )
  console.log(JSON.stringify({ bench: 'loadgen', machine, results, starts }))
}

async function startApi(children: Children, direct: string): Promise<string> {
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  children.spawn([process.execPath, join(root, 'apps/api/src/main.ts')], {
    VLLM_URL: `${direct}/v1`,
    DATA_DIR: join(children.folder, 'api'),
    HOST: '127.0.0.1',
    PORT: String(port),
    METRICS_PORT: '0',
    LOG_LEVEL: 'warn',
    DRAIN_TIMEOUT_S: '0',
  })
  for (let attempt = 0; attempt < 200; attempt++, await sleep(50))
    if ((await fetch(`${url}/healthz`).catch(() => undefined))?.ok === true) return url
  throw new Error(`${url} did not answer`)
}

/** Runs the load tester in a process of its own. @returns its output, whatever its verdict */
function loadgen(children: Children, args: string[]): Promise<string> {
  const { stdout } = children.spawn([process.execPath, join(root, 'apps/loadgen/src/main.ts'), ...args])
  if (stdout === null) throw new Error('the load tester has no output to read')
  return text(stdout)
}

/** Time from the intended to the actual start of evenly spaced requests, without the warm-up. */
async function punctuality(
  children: Children,
  target: string,
  seconds: number,
): Promise<{ count: number; p50: number | null; p99: number | null }> {
  const scenario = join(children.folder, 'starts.yaml')
  const out = join(children.folder, 'starts')
  const executor = { type: 'constant-arrival-rate', rate: 50, duration: `${seconds + 1}s`, maxUsers: 500 }
  const conversation = { prompt: 20, answer: 20, exactAnswers: true }
  const arrivals = { process: 'constant' }
  writeFileSync(scenario, JSON.stringify({ name: 'starts', executor, arrivals, conversation, warmUp: '1s' }))
  await loadgen(children, ['run', scenario, '--target', target, '--out', out, '--quiet'])
  const { steadyTally } = runSchema.parse(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')))
  const delays = LatencyHistogram.decode(steadyTally.latencies.startDelay)
  return { count: delays.count, p50: delays.quantile(0.5), p99: delays.quantile(0.99) }
}

const ms = (value: number | null | undefined): string =>
  value === null || value === undefined ? '' : `${value.toFixed(2)} ms`

function print({ way, streams, starts }: Case, calibration: Calibration): void {
  const { offeredTokensPerSecond, ttftErrorMs, serverAddedMs, gapErrorMs, self } = calibration
  const cells = [
    ...[way, `${streams} streams`, starts, `${offeredTokensPerSecond.toLocaleString('en')} tokens/s`],
    `TTFT error p50 ${ms(ttftErrorMs.p50)}, p99 ${ms(ttftErrorMs.p99)}`,
    ...(serverAddedMs === null
      ? []
      : [`the server added ${ms(serverAddedMs.p50)}, ${ms(serverAddedMs.p99)}`]),
    ...[`gap error p99 ${ms(gapErrorMs.p99)}`, `${self.cores.toFixed(2)} cores`],
    ...(self.saturated ? ['CLIENT SATURATED'] : []),
  ]
  console.log(cells.join('  '))
}
