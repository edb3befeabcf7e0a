import { oneTwoFiveUpTo } from '@slicechat/metrics/reading'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Run } from '../../schema/run.ts'
import type { History } from '../../testing/arbitrary-history.ts'
import { anyHistory, anyQuietHistory, lived } from '../../testing/arbitrary-history.ts'
import { withCount } from '../../testing/arbitrary-world.ts'
import { witnessed } from '../../testing/witnessed-history.ts'
import type { Quantity } from './difference.ts'
import { ledgerOf } from './ledger.ts'

const without = (run: Run, ...names: readonly string[]): Run => ({
  ...run,
  witnesses: run.witnesses.map((one) => ({
    ...one,
    histograms: one.histograms.filter(({ name }) => !names.includes(name)),
  })),
})

test.each([
  ['all counters', []],
  ['a vLLM without sizes of requests', ['vllm:request_prompt_tokens', 'vllm:request_generation_tokens']],
  ['a vLLM that times no first tokens', ['vllm:time_to_first_token_seconds']],
  ['an API without sizes of answers', ['chat_prompt_tokens', 'chat_completion_tokens']],
  [
    'no sizes at all',
    [
      ...['vllm:request_prompt_tokens', 'vllm:request_generation_tokens'],
      ...['chat_prompt_tokens', 'chat_completion_tokens'],
    ],
  ],
])('what was counted truthfully is explained to the last token, whatever happened, with %s', (_, absent) => {
  fc.assert(
    fc.property(fc.oneof(anyHistory, anyQuietHistory), (history) => {
      const ledger = ledgerOf(without(witnessed(history), ...absent))
      expect(ledger.findings).toEqual([])
      expect(ledger.balanced).toBe(true)
      for (const { differences } of ledger.rows)
        for (const { parts } of differences)
          for (const { amount } of parts) expect(Number.isFinite(amount)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('the same without an API', () => {
  fc.assert(
    fc.property(fc.oneof(anyHistory, anyQuietHistory), (history) => {
      const happenings = history.happenings.filter(({ of }) => of !== 'foreign')
      const run = witnessed({ ...history, happenings })
      const witnesses = run.witnesses.filter(({ kind }) => kind === 'vllm')
      expect(ledgerOf({ ...run, target: { ...run.target, kind: 'openai' }, witnesses }).findings).toEqual([])
    }),
    { numRuns: 500 },
  )
})

const lost = fc.integer({ min: 1, max: 400 })
const BUCKETS = [0, ...oneTwoFiveUpTo(200)]
/** How far a size may be from another one in its bucket; infinite beyond the last edge. */
const widthOf = (size: number): number => {
  const above = BUCKETS.find((edge) => size <= edge) ?? Infinity
  return above - (BUCKETS[BUCKETS.indexOf(above) - 1] ?? 0) - 1
}
/** Requests that vLLM ended and the API did not finish: only the bucket of their sizes is known. */
const engineAlone = ({ happenings }: History) =>
  happenings
    .map((one) => ({ ...one, ...lived(one) }))
    .filter(({ api, engine }) => api !== 'success' && (engine === 'finished' || engine === 'failed'))
const withSum = (run: Run, name: string, change: number): Run => ({
  ...run,
  witnesses: run.witnesses.map((one) => ({
    ...one,
    histograms: one.histograms.map((each) =>
      each.name === name ? { ...each, sum: each.sum + change } : each,
    ),
  })),
})
const unexplained = (run: Run, quantity: Quantity): number[] =>
  ledgerOf(run)
    .rows.flatMap(({ differences }) => differences)
    .filter((one) => one.quantity === quantity && one.of === 'vllm')
    .map((one) => one.unexplained)

test('tokens that vLLM made and did not count are missed to the last one, whatever was aborted or under way', () => {
  fc.assert(
    fc.property(anyHistory, lost, (history, tokens) => {
      const ledger = ledgerOf(withCount(witnessed(history), 'vllm:generation_tokens_total', null, -tokens))
      expect(ledger.balanced).toBe(false)
      expect(ledger.suspects).toEqual(['vllm'])
    }),
  )
})

test.each([
  ['finishedCompletionTokens', 'vllm:request_generation_tokens', 'completion', 'chat_completion_tokens'],
  ['finishedPromptTokens', 'vllm:request_prompt_tokens', 'prompt', 'chat_prompt_tokens'],
] as const)(
  '%s that either does not count hide behind other answers by their buckets at most',
  (row, engine, kind, api) => {
    fc.assert(
      fc.property(anyQuietHistory, lost, fc.boolean(), (history, tokens, byEngine) => {
        const alone = engineAlone(history)
        const hide = alone.reduce((sum, one) => sum + widthOf(kind === 'prompt' ? one.prompt : one.made), 0)
        fc.pre(tokens > hide)
        const truth = witnessed(history)
        const run = byEngine
          ? withSum(truth, engine, -tokens)
          : withSum(withCount(truth, 'chat_tokens_total', kind, -tokens), api, -tokens)
        expect(unexplained(run, row)).not.toEqual([0])
        expect(ledgerOf(run).balanced).toBe(false)
      }),
      { numRuns: 300 },
    )
  },
)

test('an answer that vLLM forgot altogether does not hide behind one that it finished alone', () => {
  fc.assert(
    fc.property(anyQuietHistory, fc.nat(), (history, index) => {
      const { happenings } = history
      const whole = happenings.filter((one) => lived(one).client === 'succeeded')
      const forgotten = whole[index % Math.max(1, whole.length)]
      const [alone, ...more] = engineAlone(history)
      fc.pre(forgotten !== undefined && more.length === 0)
      fc.pre(alone?.prompt !== forgotten.prompt || alone.made !== forgotten.tokens)
      const [api, vllm] = [
        witnessed(history).witnesses.filter(({ kind }) => kind === 'api'),
        witnessed({ ...history, happenings: happenings.filter((one) => one !== forgotten) }).witnesses.filter(
          ({ kind }) => kind === 'vllm',
        ),
      ]
      expect(ledgerOf({ ...witnessed(history), witnesses: [...api, ...vllm] }).balanced).toBe(false)
    }),
  )
})

test('tokens that the API read and did not count are missed to the last one, where it told the client', () => {
  fc.assert(
    fc.property(anyQuietHistory, lost, fc.constantFrom('prompt', 'completion'), (history, tokens, kind) => {
      const happenings = history.happenings.filter((one) => lived(one).told)
      const run = witnessed({ ...history, happenings })
      const ledger = ledgerOf(withCount(run, 'chat_tokens_total', kind, -tokens))
      expect(ledger.balanced).toBe(false)
      expect(ledger.suspects).toContain('api')
    }),
  )
})

test('an answer that the API forgot altogether is missed, unless the client lost some on the way', () => {
  fc.assert(
    fc.property(anyQuietHistory, fc.nat(), (history, index) => {
      const happenings = history.happenings.filter(({ fate }) => fate !== 'lost' && fate !== 'cut')
      fc.pre(happenings.length > 0)
      const forgotten = happenings[index % happenings.length]
      const [truth, forgetful] = [
        witnessed({ ...history, happenings }),
        witnessed({ ...history, happenings: happenings.filter((one) => one !== forgotten) }),
      ]
      const witnesses = [...forgetful.witnesses.slice(0, 1), ...truth.witnesses.slice(1)]
      expect(ledgerOf({ ...truth, witnesses }).balanced).toBe(false)
    }),
  )
})
