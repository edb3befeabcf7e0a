import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAllExplained, loadRun } from './stack/load-run.ts'
import { Stack } from './stack/stack.ts'

let stack: Stack

beforeAll(async () => {
  stack = await Stack.start({
    simulator: { SIM_TTFT: '100ms', SIM_ITL: '10ms' },
    // Answers without readers have to end before the last scrape.
    api: { ORPHAN_TIMEOUT_S: '1' },
  })
})
afterAll(() => stack[Symbol.asyncDispose]())

/**
 * Flags with which users abandon a fifth of the answers, before or after the first token. An answer takes 3 s, so none
 * ends before its user gives up, or before the API ends an answer that nobody reads.
 */
const impatient = (how: 'stop' | 'leave'): string[] =>
  [
    `conversation.abandon={share: 0.2, after: {type: uniform, min: 0, max: 400ms}, how: ${how}}`,
    ...['conversation.answer={type: uniform, min: 290, max: 310}', 'conversation.exactAnswers=true'],
    ...['executor.users=8', 'executor.duration=4s', 'warmUp=0s', 'coolDown=0s', 'grace=60s'],
    // The test checks counts; times depend on the machine.
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
  // A user who stops an answer reads the stream to its end, so the client has the API's counts to the token.
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
  // Tokens that are generated after the reader has left cost the same, so the API counts them.
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
