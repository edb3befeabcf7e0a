import { keyFigures, markdownOf, summaryCsv } from '@slicechat/report'
import { evaluateThresholds, LatencyHistogram } from '@slicechat/run'
import { analyse } from '@slicechat/run/analysis'
import { aRun } from '@slicechat/run/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Scenario, scenarioSchema } from '../scenario/scenario.ts'
import { tryLoad } from '../sweep/try-load.ts'
import { summaryOf } from '../terminal/summary.ts'
import { conversation, shortRun, users } from '../testing/short-run.ts'
import { startStubServer, type StubAnswer } from '../testing/stub-server.ts'

let answer: StubAnswer
let stub: Awaited<ReturnType<typeof startStubServer>>
beforeAll(async () => {
  stub = await startStubServer(() => answer)
})
afterAll(() => stub[Symbol.asyncDispose]())

const words = Array.from({ length: 8 }, (_, index) => `word${index} `)
const usage = { prompt_tokens: 9, completion_tokens: 8 }
const slo = { ttft: '10s', interToken: '5s' }

/** Runs against the stub. @returns what is shown of the run */
async function told(given: StubAnswer, scenario: Record<string, unknown> = { slo }) {
  answer = given
  const {
    transport: _,
    records,
    ...result
  } = await shortRun({
    target: { url: `openai:${stub.url}` },
    plan: users(2, 150, (user, ordinal) => conversation(`u${user}-${ordinal}`)),
    scenario,
  })
  const run = aRun({ ...result, slo: { ttftMs: 10_000, interTokenMs: 5_000 } })
  const target = { ...run.target, kind: 'openai' as const }
  const whole = { ...run, target }
  const analysis = analyse(whole)
  const figures = Object.fromEntries(keyFigures(whole).map(({ label, value }) => [label, value]))
  const plain = (_style: unknown, text: string) => text
  const terminal = summaryOf(whole, analysis, 0, plain)
  return { run: whole, records, analysis, figures, terminal, markdown: markdownOf(whole, analysis) }
}

test('an answer without text fails as EMPTY and meets no SLO', async () => {
  const { run, records, figures } = await told({ texts: [], usage })
  expect(run.whole).toMatchObject({ succeeded: 0, failed: run.whole.started, goodRequests: 0 })
  expect(run.whole.errors).toEqual([
    { code: 'EMPTY', count: run.whole.started, example: 'The model gave no text: it ended with “stop”.' },
  ])
  expect(records[0]).toMatchObject({ status: 'failed', good: false, completionTokens: 8 })
  expect(figures).toMatchObject({ Goodput: '0%' })
})

test('answers of one token have no time between tokens, and miss nothing by it', async () => {
  const { run, figures, analysis } = await told({ texts: ['Yes'], usage: { ...usage, completion_tokens: 1 } })
  expect(run.whole.bursts).toBe(0)
  expect(figures).toMatchObject({ Goodput: '100%', 'Inter-token p50': '–' })
  expect(analysis.verdict.warnings.join()).not.toMatch(/answers/)
  expect(evaluateThresholds(['interToken.p95 < 50ms', 'ttft.p95 < 10s'], run)).toMatchObject([
    { value: null, passed: false },
    { passed: true },
  ])
})

test('answers that came in one piece are said to have, with their number', async () => {
  const { run, figures, analysis, terminal, markdown } = await told({ texts: words, buffered: true, usage })
  const { succeeded } = run.whole
  expect(run.whole.bursts).toBe(succeeded)
  expect(figures).toMatchObject({ 'Inter-token p50': '–', Goodput: '100%' })
  expect(LatencyHistogram.decode(run.whole.latencies.gap).count).toBe(0)
  const said = new RegExp(`${succeeded} of ${succeeded} answers came in one piece`)
  for (const text of [analysis.verdict.warnings.join(), terminal, markdown]) expect(text).toMatch(said)
})

test.each([
  ['none', undefined],
  ['a part of it', { prompt_tokens: 9 }],
])('a server that tells no usage has an unknown throughput: %s', async (_, partial) => {
  const { run, figures, analysis, terminal, markdown } = await told({
    texts: words,
    everyMs: 2,
    ...(partial === undefined ? {} : { usage: partial }),
  })
  const { succeeded } = run.whole
  expect(run.whole).toMatchObject({
    succeededUntold: succeeded,
    // Half a usage counts as none.
    succeededUntoldPrompts: succeeded,
  })
  expect(figures).toMatchObject({ 'Tokens per second': '–', Goodput: '100%' })
  expect(evaluateThresholds(['tokens.rate > 1', 'tokens.rate < 1'], run)).toMatchObject([
    { value: null, passed: false },
    { value: null, passed: false },
  ])
  const said = `The server told no usage of ${succeeded} of ${succeeded} answers`
  for (const text of [analysis.verdict.warnings.join(), terminal, markdown]) expect(text).toContain(said)
  expect(terminal).toMatch(/answers\/s, – tokens\/s/)
  expect(summaryCsv(run, analysis)).toContain('whole,completionTokens,tokens,,,,,\r\n')
})

const checked = { model: 'stub', simulated: false, maxModelLen: Infinity, asPage: false, throughApi: false }
const user = { type: 'constant-vus', users: 1, duration: 200 } as const
const trial = (executor: Scenario['executor'], given: StubAnswer) => {
  answer = given
  return tryLoad(1, {
    directory: '.',
    target: { url: `openai:${stub.url}`, ...checked },
    seed: 1,
    workers: 1,
    goal: 0.95,
    maxRuns: 1,
    signal: new AbortController().signal,
    onProgress: () => {},
    save: () => Promise.resolve('run'),
    scenario: {
      ...scenarioSchema.parse({
        name: 'tried',
        executor: { ...user, duration: '200ms' },
        conversation: { prompt: 5 },
        slo,
      }),
      executor,
    },
  })
}

test('a sweep calls no server fit whose answers are empty, and says so where there was nothing to measure', async () => {
  expect(await trial(user, { texts: [], usage })).toMatchObject({ verdict: 'missed', good: { share: 0 } })
  expect(await trial(user, { texts: ['Yes'] })).toMatchObject({ good: { share: 1 }, tokensPerSecond: null })
  const rare = { type: 'constant-arrival-rate', rate: 0.001, duration: 100, maxUsers: 1 } as const
  expect(await trial(rare, { texts: ['Yes'] })).toMatchObject({ verdict: 'not measured', clear: false })
})
