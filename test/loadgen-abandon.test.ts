import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAllExplained, loadRun } from './stack/load-run.ts'
import { Stack } from './stack/stack.ts'

let stack: Stack

beforeAll(async () => {
  stack = await Stack.start({
    simulator: { SIM_TTFT: '100ms', SIM_ITL: '10ms' },
    // Answers that nobody reads have to end before the last page is taken.
    api: { ORPHAN_TIMEOUT_S: '1' },
  })
})
afterAll(() => stack[Symbol.asyncDispose]())

/**
 * A fifth of the answers is given up, before the first token or after it. They take 3 s: long enough that none has ended
 * by then, nor, left alone, by the time that the API gives it up too.
 */
const impatient = (how: 'stop' | 'leave'): string[] =>
  [
    `conversation.abandon={share: 0.2, after: {type: uniform, min: 0, max: 400ms}, how: ${how}}`,
    ...['conversation.answer={type: uniform, min: 290, max: 310}', 'conversation.exactAnswers=true'],
    ...['executor.users=8', 'executor.duration=4s', 'warmUp=0s', 'coolDown=0s', 'grace=60s'],
    // Counts are looked at here; the times are the machine's.
    ...['slo.ttft=60s', 'slo.interToken=60s', 'thresholds.1=ttft.p95 < 60s', 'thresholds.2='],
  ].flatMap((set) => ['--set', set])

const engine = (): string[] => ['--scrape', `vllm=${stack.simulatorUrl}/metrics`]
const viaStack = (): string[] => [
  ...['smoke', '--target', stack.url, ...engine()],
  ...['--scrape', `api=${stack.api.ready[2] ?? ''}`],
]

test.each(['websocket', 'sse'] as const)('users who stop answers, over %s', async (transport) => {
  const load = await loadRun([...viaStack(), ...impatient('stop'), '--transport', transport])
  expectAllExplained(load)
  const { row, run, told } = load
  expect(run.target.transport).toBe(transport)
  expect(load.ledger.parties).toEqual(['client', 'api', 'vllm'])
  // Who stops reads on to the end, and so knows to the token what the API knows.
  for (const quantity of ['started', 'finished', 'aborted', 'promptTokens', 'completionTokens'] as const) {
    const { client, api } = row(quantity).counts
    expect(api, told).toBe(client)
  }
  expect(row('aborted').counts.client, told).toBe(run.whole.abandoned)
})

test.each(['websocket', 'sse'] as const)('users who leave, over %s', async (transport) => {
  const load = await loadRun([...viaStack(), ...impatient('leave'), '--transport', transport])
  expectAllExplained(load)
  const { row, run, told } = load
  expect(run.whole.untold, told).toBe(run.whole.abandoned)
  expect(row('aborted').counts.api, told).toBe(run.whole.abandoned)
  // What was said to nobody costs all the same, and the API says how much.
  const { client, api, vllm } = row('completionTokens').counts
  expect(api, told).toBeGreaterThan(client ?? 0)
  expect(vllm, told).toBeGreaterThanOrEqual(api ?? 0)
})

test('users who leave a model server without an API before it', async () => {
  const load = await loadRun([
    ...['smoke', '--target', `openai:${stack.simulatorUrl}`, ...engine()],
    ...impatient('leave'),
  ])
  expectAllExplained(load)
  const { counts } = load.row('finished')
  expect(load.ledger.parties).toEqual(['client', 'vllm'])
  expect(counts.vllm, load.told).toBe(counts.client)
})
