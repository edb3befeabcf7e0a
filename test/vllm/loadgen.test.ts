import { expect, test } from 'vitest'
import { expectAllExplained, expectedCode, loadRun } from '../stack/load-run.ts'
import { Stack } from '../stack/stack.ts'

const { VLLM_URL = '', MODEL, VLLM_EXCLUSIVE } = process.env
/** Requests of others would appear in the ledger. */
const ours = test.skipIf(VLLM_EXCLUSIVE !== 'true')

const upstream = { url: VLLM_URL, ...(MODEL === undefined ? {} : { model: MODEL }) }

/** The smoke test for a small model on a slow machine; times are not checked. */
const smoke = (stack: Stack, ...more: string[]): string[] => [
  ...['smoke', '--target', stack.url, '--scrape', `api=${stack.api.ready[2] ?? ''}`],
  ...['--scrape', `vllm=${new URL('/metrics', VLLM_URL).href}`],
  ...[
    ...[
      'executor.duration=15s',
      'warmUp=0s',
      'coolDown=0s',
      'grace=90s',
      'slo.ttft=60s',
      'slo.interToken=60s',
    ],
    ...['conversation.prompt={type: uniform, min: 10, max: 60}', 'thresholds.1=ttft.p95 < 60s', ...more],
  ].flatMap((set) => ['--set', set]),
]

ours('client, API and a real vLLM count the same requests and tokens', async () => {
  await using stack = await Stack.start({ upstream })
  const load = await loadRun(
    smoke(stack, 'executor.users=2', 'conversation.answer={type: uniform, min: 10, max: 40}'),
  )
  const { ledger, told, row } = load
  expect(ledger.balanced, told).toBe(true)
  expect(load.code, told).toBe(expectedCode(load))
  expect(load.run.target.simulated).toBe(false)
  expect(ledger.parties).toEqual(['client', 'api', 'vllm'])
  for (const quantity of ['finished', 'promptTokens', 'completionTokens'] as const) {
    const { client, api, vllm } = row(quantity).counts
    expect(client, told).toBeGreaterThan(0)
    expect([api, vllm], told).toEqual([client, client])
  }
  for (const { differences } of ledger.rows)
    for (const { amount } of differences) expect(amount, told).toBe(0)
})

ours.each(['stop', 'leave'])('a fifth of the users %s: every difference is explained', async (how) => {
  // Abandoned answers have to end before the last scrape, at the latest 5 s after the run. In the case `stop`
  // no user leaves, and a reader that stood still with a slow machine may take its time to come back.
  await using stack = await Stack.start({ upstream, api: how === 'leave' ? { ORPHAN_TIMEOUT_S: '3' } : {} })
  const load = await loadRun(
    smoke(
      stack,
      `conversation.abandon={share: 0.2, after: {type: uniform, min: 0, max: 1500ms}, how: ${how}}`,
      // Answers are long enough that impatient users never see their end.
      ...['executor.users=6', 'conversation.exactAnswers=true', 'conversation.answer=100'],
      // An abandoned answer is not a good one.
      'thresholds.2=',
    ),
  )
  expectAllExplained(load)
  const { run, told, row } = load
  const { client, api } = row('completionTokens').counts
  // A user who stops an answer reads on to its end, and so knows the API's counts to the token.
  if (how === 'stop') expect(api, told).toBe(client)
  else expect(run.whole.untold, told).toBe(run.whole.abandoned)
})
