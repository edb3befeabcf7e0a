import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sweep } from '../apps/loadgen/src/sweep/sweep.ts'
import { loadgen } from './stack/loadgen.ts'
import { INTER_TOKEN_MS, interTokenTimes, type SlowHost, startSlowHost } from './stack/slow-host.ts'

let host: SlowHost

beforeAll(async () => {
  host = await startSlowHost()
})
afterAll(() => host[Symbol.asyncDispose]())

/** The most users whose tokens come in time, by the engine's arithmetic, if all of them ask at once. */
function predictedUsers(): number {
  for (let users = 1; ; users++)
    if (Math.max(...interTokenTimes(new Array<number>(users).fill(0))) > INTER_TOKEN_MS) return users - 1
}

test('a sweep over users finds the knee that the engine’s arithmetic predicts', async () => {
  const predicted = predictedUsers()
  const out = join(host.folder, 'sweep')
  const scenario = await host.scenario({ executor: { type: 'constant-vus', users: 1, duration: '1s' } })
  const { stdout, stderr } = await loadgen([
    ...['sweep', scenario, '--target', `openai:${host.url}`],
    ...['--over', 'users', '--from', '12', '--to', '100', '--goal', '50%', '--out', out],
    ...['--warm-up', '1s', '--duration', '3s', '--json'],
  ])
  const sweep = JSON.parse(await readFile(join(out, 'sweep.json'), 'utf8')) as Sweep
  expect(JSON.parse(stdout), stderr).toMatchObject({ largestMet: sweep.largestMet })
  expect(sweep.smallestMissed, stderr).not.toBeNull()
  expect(sweep.largestMet, stderr).toBeGreaterThanOrEqual(predicted * 0.9)
  expect(sweep.largestMet, stderr).toBeLessThanOrEqual(predicted * 1.1)
}, 120_000)
