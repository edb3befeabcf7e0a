import { startStack } from '@slicechat/api/testing'
import { runSchema } from '@slicechat/run'
import { startSimulator } from '@slicechat/simulator'
import { expect, test } from 'vitest'
import { scenarioSchema } from '../scenario/scenario.ts'
import { checkTarget, type TargetOptions } from '../target/open-target.ts'
import { planLoad } from './prepared-run.ts'
import type { MissedThreshold } from './abort-rule.ts'
import type { Progress } from './progress.ts'
import type { RequestRecord } from './request-record.ts'
import { type RunOptions, runScenario } from './run-scenario.ts'

const scenario = scenarioSchema.parse({
  name: 'brief',
  executor: { type: 'constant-arrival-rate', rate: 20, duration: '1.5s', maxUsers: 50 },
  // Single turns: whether a second one began before the end would depend on milliseconds.
  conversation: { answer: 12, exactAnswers: true, prompt: 10 },
  warmUp: '500ms',
  slo: { ttft: '5s' },
})

async function run(
  target: TargetOptions,
  { load = scenario, ...over }: RunOptions & { load?: typeof scenario } = {},
) {
  const records: RequestRecord[] = []
  const progress: Progress[] = []
  const prepared = { ...planLoad({ scenario: load, directory: '.' }, 7), target: await checkTarget(target) }
  const measured = await runScenario(prepared, {
    onRequest: (record) => records.push(record),
    onProgress: (one) => progress.push(one),
    ...over,
  })
  // The schema checks what the report will read.
  const parsed = runSchema.parse({ ...measured, witnesses: [], thresholds: [] })
  return { run: parsed, records, progress }
}

const sent = (records: readonly RequestRecord[]): string[] =>
  records.map(({ conversation, turn }) => `${conversation}/${turn}`).sort()

test('two workers do together what one does, and so do two shards', async () => {
  await using stack = await startStack()
  const target = { url: stack.api.url }
  const one = await run(target)
  const two = await run(target, { workers: 2 })
  expect(sent(two.records)).toEqual(sent(one.records))
  for (const { run } of [one, two])
    expect(run).toMatchObject({
      name: 'brief',
      seed: 7,
      cutShort: null,
      slo: { ttftMs: 5_000 },
      target: { kind: 'api', transport: 'websocket', sockets: 'per-user', simulated: true },
      whole: { failed: 0, dropped: 0, unfinished: 0, errors: [] },
    })
  const { latencies: _one, ...totals } = one.run.whole
  // The number of answers that come in bursts depends on the machine.
  const timely = { promptTokens: expect.any(Number) as number, bursts: expect.any(Number) as number }
  expect(two.run.whole).toMatchObject({ ...totals, ...timely })
  expect(two.run.generator.workers).toBe(2)
  expect(two.run.steadyTally.intended).toBeLessThan(two.run.whole.intended)
  expect(two.progress.length).toBeGreaterThan(0)
  expect(two.progress.at(-1)?.counts.started).toBeLessThanOrEqual(two.run.whole.started)

  const startAt = Date.now() + 1_000
  const shards = await Promise.all(
    [0, 1].map((index) => run(target, { shard: { index, count: 2 }, startAt })),
  )
  expect(sent(shards.flatMap(({ records }) => records))).toEqual(sent(one.records))
  expect(shards.map(({ run }) => run.startedAt)).toEqual([startAt, startAt])
})

test('workers that are interrupted tell what they have', async () => {
  await using stack = await startStack({ simulator: { ttftMs: 20, itlMs: 50 } })
  const interrupt = new AbortController()
  const { run: measured, records } = await run(
    { url: stack.api.url, sockets: 'shared', transport: 'sse' },
    { workers: 2, signal: interrupt.signal, onProgress: () => interrupt.abort() },
  )
  expect(measured.cutShort).toBe('The run was interrupted.')
  expect(measured.target).toMatchObject({ transport: 'sse', sockets: 'shared' })
  expect(measured.whole.unfinished).toBeGreaterThan(0)
  expect(records).toHaveLength(measured.whole.intended)
})

test('a target that is not there is told before any load', async () => {
  const simulator = await startSimulator({ port: 0 })
  await simulator.close()
  await expect(run({ url: `openai:${simulator.url}` })).rejects.toMatchObject({ flag: '--target' })
})

test.each([1, 2])('a threshold that is lost ends the run, with %d workers', async (workers) => {
  await using simulator = Object.assign(await startSimulator({ port: 0 }), {
    [Symbol.asyncDispose]: () => simulator.close(),
  })
  simulator.faults.add({ kind: 'status', status: 503 })
  const missed: MissedThreshold[] = []
  const long = { ...scenario, executor: { ...scenario.executor, duration: 60_000 } as never, warmUp: 0 }
  const abort = {
    thresholds: ['errors.rate < 50%'],
    delayMs: 500,
    onMissed: (one: MissedThreshold) => void missed.push(one),
  }
  const { run: measured } = await run({ url: `openai:${simulator.url}` }, { load: long, workers, abort })
  expect(measured.cutShort).toBe('The run was aborted: errors.rate < 50% was missed.')
  expect(missed).toMatchObject([{ expression: 'errors.rate < 50%', value: 1 }])
  expect(measured.durationMs).toBeLessThan(30_000)
  expect(measured.whole.failed).toBeGreaterThan(0)
})
