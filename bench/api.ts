import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { readExpectedText } from './api/expected-text.ts'
import type { LoadJob, LoadResult } from './api/load.ts'
import type { LoadShape } from './api/load-plan.ts'
import { printReport } from './api/report.ts'
import { type Measured, summarise } from './api/summary.ts'
import { judge } from './api/targets.ts'
import { startRoutes, type Route } from './api/routes.ts'
import { Children } from './children.ts'
import { runStarts } from './api/starts.ts'
import { describeMachine } from './machine.ts'
import { canMeter, residentBytes } from './process-meter.ts'

const TTFT_MS = 50
const ITL_MS = 20

/** Duration: two rounds and the warm-up take three and a half minutes. */
const full = { streams: [100, 400], rounds: 2, answerTokens: 250, fillMs: 3000, windowMs: 5000 }
const quick = { streams: [50], rounds: 1, answerTokens: 50, fillMs: 500, windowMs: 1000 }
/** Answers are short so that the warm-up also runs, and compiles, the code at the end of an answer. */
const warmUp = { streams: 60, answerTokens: 15, fillMs: 500, windowMs: 5000 }

/**
 * `npm run bench -- api [--quick] [--rounds 2] [--streams 100,400] [--tokens 250] [--only NAME,…] [--against CHECKOUT]
 * [--profile FOLDER]`: sends the same load straight to the simulator and through each route in front of it, in turn.
 * `--tokens` sets the length of an answer, `--against` adds the API of another checkout, and `--profile` writes the
 * API's CPU profiles. With `--starts` it measures what a start costs instead; see `api/starts.ts`.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      streams: { type: 'string' },
      tokens: { type: 'string' },
      only: { type: 'string' },
      profile: { type: 'string' },
      against: { type: 'string' },
      starts: { type: 'boolean', default: false },
    },
  })
  if (values.starts) return runStarts(values)
  const usual = values.quick ? quick : full
  const size = { ...usual, answerTokens: Number(values.tokens ?? usual.answerTokens) }
  const rounds = Number(values.rounds ?? size.rounds)
  const streams = values.streams?.split(',').map(Number) ?? size.streams
  const machine = describeMachine()
  if (!canMeter) console.log('CPU time and memory of other processes are read on Linux only: left out here.')

  await using children = new Children()
  const started = await startRoutes(children, {
    ttftMs: TTFT_MS,
    itlMs: ITL_MS,
    profile: values.profile,
    against: values.against,
  })
  for (const sentence of started.skipped) console.log(sentence)
  const only = values.only?.split(',')
  const routes = started.routes.filter(({ name }) => only?.some((part) => name.includes(part)) ?? true)
  const load = children.spawn([
    process.execPath,
    '--no-warnings',
    join(import.meta.dirname, 'api/load-process.ts'),
  ])
  const send = async (route: Route, shape: LoadShape): Promise<LoadResult> => {
    const result = once(load, 'message')
    load.send({ ...route, ...upstream, shape } satisfies LoadJob)
    return ((await result) as [LoadResult])[0]
  }
  const simulatorUrl = started.routes[0]?.url ?? ''
  const model = await modelOf(simulatorUrl)
  const longest = size.answerTokens + Math.ceil(size.fillMs / ITL_MS)
  const chars = await readExpectedText(simulatorUrl, model, Math.max(longest, 150))
  const upstream = { simulatorUrl, model, chars }

  const idleBytes = new Map<Route, number>()
  const rest = async (route: Route): Promise<void> => {
    await sleep(200)
    idleBytes.set(route, Math.min(idleBytes.get(route) ?? Infinity, residentBytes(route.pid)))
  }
  for (const route of routes) {
    if (!values.quick) await send(route, { ...warmUp, itlMs: ITL_MS, seed: 1 })
    await rest(route)
  }
  const measured: Measured[] = []
  // Rounds spread whatever else the machine does evenly over all routes.
  for (let round = 0; round < rounds; round++)
    for (const count of streams)
      for (const route of routes) {
        const { answerTokens, fillMs, windowMs } = size
        const shape = { streams: count, answerTokens, itlMs: ITL_MS, fillMs, windowMs, seed: round + 1 }
        await rest(route)
        const result = await send(route, shape)
        measured.push({ route: route.name, streams: count, round, result })
        const cost = `${result.cpuMicrosPerToken.toFixed(1)} µs CPU a token`
        process.stderr.write(`round ${round + 1} of ${rounds}: ${count} streams, ${route.name}: ${cost}\n`)
      }

  const summary = summarise(measured, new Map([...idleBytes].map(([route, bytes]) => [route.name, bytes])))
  const verdicts = values.quick ? [] : judge(summary)
  printReport(summary, verdicts)
  const settings = { quick: values.quick, ttftMs: TTFT_MS, itlMs: ITL_MS, ...size, rounds, streams }
  console.log(JSON.stringify({ bench: 'api', ...machine, ...settings, summary, verdicts }))
  // A missed target is a finding; lost tokens are a failure.
  if (summary.some(({ failures }) => failures.length > 0)) process.exitCode = 1
}

async function modelOf(url: string): Promise<string> {
  const { data } = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] }
  return data[0]?.id ?? ''
}
