import { type Measured, measure } from '../probe/measure.ts'
import { probeRequests } from '../probe/probe-requests.ts'
import type { Console } from '../terminal/console.ts'
import { amountText, countText, msText } from '../terminal/number-text.ts'
import { checkTarget, targetAddress } from '../target/open-target.ts'
import { command } from './command.ts'
import { EXIT } from '../problems/exit-code.ts'
import { flag } from './flag.ts'
import { noteProxies } from './proxy-note.ts'
import { targetFlags, targetOf } from './target-flags.ts'
import { UsageProblem } from '../problems/usage-problem.ts'

const CONNECTIONS = 50
const DURATION_MS = 5_000
const ANSWER_TOKENS = 200
/** Above this the client, not the server, may have limited the rate. */
const BUSY_CORES = 0.9

const { target, 'api-key': apiKey, model, header, ca } = targetFlags
const flags = {
  target,
  'api-key': apiKey,
  model,
  header,
  ca,
  connections: flag.whole('N', 1, `connections at saturation; default ${CONNECTIONS}`),
  duration: flag.duration('TIME', 'of each measurement, at least 1s; default 5s'),
  tokens: flag.whole('N', 1, `of the answer that is read over and over; default ${ANSWER_TOKENS}`),
  json: flag.switch('prints one JSON object on stdout'),
} as const

export const probe = command({
  name: 'probe',
  summary: 'the floor and the ceiling of the transport: what answers cost without a model behind them',
  positionals: { names: '', min: 0, max: 0 },
  flags,
  instead: { users: '--connections says how many' },
  details: `Asks queries, and reads one finished answer, over and over with autocannon: on one connection (the floor of
latency) and on many (the ceiling of throughput). A closed loop: the rate is what came of it, not what was asked for.`,
  examples: ['probe', 'probe --target http://127.0.0.1:4000 --connections 200 --duration 10s'],
  run: async ({ flags, env, console, signal }) => {
    const target = targetOf({ ...flags, transport: 'sse', sockets: undefined, body: [] }, env)
    noteProxies([target.url], (text) => console.message(text))
    if (targetAddress(target.url).kind === 'openai')
      throw new UsageProblem(['--target: probe asks a Slicechat page or API, not an openai: server'])
    const durationMs = flags.duration ?? DURATION_MS
    // autocannon measures in whole seconds.
    if (durationMs < 1_000 || durationMs % 1_000 !== 0)
      throw new UsageProblem(['--duration: whole seconds, at least 1s'])
    await checkTarget(target)
    const requests = await probeRequests(target, flags.tokens ?? ANSWER_TOKENS)
    const measured: Measured[] = []
    for (const request of requests)
      for (const connections of [1, flags.connections ?? CONNECTIONS]) {
        if (signal.aborted) return EXIT.interrupted
        console.message(`${request.name}, ${countText(connections, 'connection')} …`)
        measured.push(await measure(request, connections, durationMs / 1000, signal))
      }
    if (flags.json) console.result(JSON.stringify({ target: target.url, measured }))
    else console.result(tableOf(measured, console.paintResult))
    if (signal.aborted) return EXIT.interrupted
    return measured.some(({ failed }) => failed > 0) ? EXIT.error : EXIT.met
  },
})

function tableOf(measured: readonly Measured[], paint: Console['paintResult']): string {
  const width = Math.max(...measured.map(({ name }) => name.length)) + 2
  const line = (name: string, cells: readonly string[]): string =>
    name.padEnd(width) + cells.map((cell) => cell.padStart(13)).join('')
  const head = line('', [
    'connections',
    'requests/s',
    'MB/s',
    'whole p50',
    'whole p99',
    'first p50',
    'first p99',
    'failed',
  ])
  const rows = measured.map(
    ({ name, connections, requestsPerSecond, megabytesPerSecond, latencyMs, firstContentMs, failed }) =>
      line(name, [
        String(connections),
        amountText(requestsPerSecond),
        amountText(megabytesPerSecond),
        `${latencyMs.p50} ms`,
        `${latencyMs.p99} ms`,
        msText(firstContentMs?.p50),
        msText(firstContentMs?.p99),
        failed === 0 ? '0' : paint('red', String(failed)),
      ]),
  )
  const busy = measured.filter(({ clientCores }) => clientCores > BUSY_CORES)
  return [
    paint('bold', head),
    ...rows,
    '',
    'whole: to the end of a response, counted in whole milliseconds by autocannon (0 ms is less than one).',
    'first: to the first content of its body.',
    ...busy.map(({ name, connections }) =>
      paint(
        'yellow',
        `! ${name}, ${connections} connections: the client took a whole core; the server can do more.`,
      ),
    ),
  ].join('\n')
}
