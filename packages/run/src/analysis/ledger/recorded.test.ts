import { readFileSync } from 'node:fs'
import { counterDeltas, histogramDeltas, parseExposition } from '@slicechat/metrics/reading'
import { expect, test } from 'vitest'
import type { Run } from '../../schema/run.ts'
import { withCount } from '../../testing/arbitrary-world.ts'
import { aRun, aTally, aWitness } from '../../testing/parts.ts'
import { ledgerOf } from './ledger.ts'

test('recorded pages of a real vLLM around an aborted request: its tokens are there, its end is not', () => {
  const page = (name: string) =>
    parseExposition(
      readFileSync(new URL(`../../../../metrics/fixtures/vllm-0.32/${name}.prom`, import.meta.url), 'utf8'),
    )
  const [before, after] = [page('metrics-before-abort'), page('metrics-after-abort')]
  const counters = ['vllm:request_success_total', 'vllm:prompt_tokens_total', 'vllm:generation_tokens_total']
  const histograms = [
    'vllm:time_to_first_token_seconds',
    'vllm:inter_token_latency_seconds',
    'vllm:request_prompt_tokens',
    'vllm:request_generation_tokens',
  ]
  const witness = aWitness({
    kind: 'vllm',
    growth: counters.flatMap((name) =>
      counterDeltas(before, after, name).map(({ labels, value }) => ({ name, labels, delta: value.delta })),
    ),
    histograms: histograms.flatMap((name) =>
      histogramDeltas(before, after, name).map(({ labels, value: { delta } }) => ({
        name,
        labels,
        sum: delta.sum,
        edges: [...delta.edges],
        counts: [...delta.counts],
      })),
    ),
  })
  const run = aRun({
    whole: aTally({ started: 1, succeeded: 0, abandoned: 1, untold: 1 }),
    witnesses: [witness],
  })
  const direct: Run = { ...run, target: { ...run.target, kind: 'openai' } }
  const ledger = ledgerOf(direct)
  const engine = Object.fromEntries(ledger.rows.map(({ quantity, counts }) => [quantity, counts.vllm]))
  expect(engine).toMatchObject({ finished: 0, aborted: 1, promptTokens: 39, completionTokens: 47 })
  expect(ledger).toMatchObject({ balanced: true, findings: [] })
  const lost = ledgerOf(withCount(direct, 'vllm:generation_tokens_total', null, -1))
  expect(lost.suspects).toEqual(['vllm'])
  expect(lost.findings.join(' ')).toContain('47 outputs were timed')
})
