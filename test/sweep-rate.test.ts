import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseRun } from '@slicechat/run'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sweep } from '../apps/loadgen/src/sweep/sweep.ts'
import { loadgen } from './stack/loadgen.ts'
import { INTER_TOKEN_MS, interTokenTimes, type SlowHost, startSlowHost } from './stack/slow-host.ts'

const WARM_UP_S = 1
const MEASURED_S = 3
const GOAL = 0.5

let host: SlowHost

beforeAll(async () => {
  host = await startSlowHost()
})
afterAll(() => host[Symbol.asyncDispose]())

/** The times, in milliseconds, at which conversations begin when `rate` of them arrive per second, evenly spaced. */
const arrivalsAt = (rate: number): number[] =>
  Array.from({ length: Math.ceil(rate * (WARM_UP_S + MEASURED_S)) }, (_, index) => (index * 1000) / rate)

/**
 * The highest rate, in steps of 0.1, at which enough of the measured answers meet the SLO, by the engine's arithmetic.
 */
function predictedRate(): number {
  for (let rate = 1; ; rate += 0.1) {
    const arrivals = arrivalsAt(rate)
    const measured = interTokenTimes(arrivals).filter((_, i) => (arrivals[i] ?? 0) >= WARM_UP_S * 1000)
    const good = measured.filter((ms) => ms <= INTER_TOKEN_MS).length
    if (good / measured.length < GOAL) return rate - 0.1
  }
}

test('a sweep over rate finds the knee that the engine’s arithmetic predicts', async () => {
  const predicted = predictedRate()
  const out = join(host.folder, 'sweep')
  const scenario = await host.scenario({
    executor: { type: 'constant-arrival-rate', rate: 1, duration: '1s', maxUsers: 1000 },
    arrivals: { process: 'constant' },
  })
  const { stdout, stderr } = await loadgen([
    ...['sweep', scenario, '--target', `openai:${host.url}`, '--json', '--out', out],
    ...['--over', 'rate', '--from', '32', '--to', '200', '--growth', '1.5', '--goal', `${GOAL * 100}%`],
    ...['--warm-up', `${WARM_UP_S}s`, '--duration', `${MEASURED_S}s`, '--runs', '1'],
  ])
  const sweep = JSON.parse(await readFile(join(out, 'sweep.json'), 'utf8')) as Sweep
  expect(JSON.parse(stdout), stderr).toMatchObject({ over: 'rate', largestMet: sweep.largestMet })
  expect(sweep.smallestMissed, stderr).not.toBeNull()
  expect(sweep.largestMet, stderr).toBeGreaterThanOrEqual(predicted * 0.9)
  expect(sweep.largestMet, stderr).toBeLessThanOrEqual(predicted * 1.1)
  // Open loop: beyond the knee all due requests were sent, and none waited for the server.
  for (const { load, runs } of sweep.steps) {
    const run = parseRun(await readFile(join(out, runs[0] ?? '', 'run.json'), 'utf8'))
    expect(run.whole, stderr).toMatchObject({ intended: arrivalsAt(load).length, dropped: 0, failed: 0 })
  }
}, 60_000)
