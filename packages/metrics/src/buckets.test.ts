import { describe, expect, test } from 'vitest'
import type { MetricDefinition } from './chat-metric-definitions.ts'
import { CHAT_METRICS } from './chat-metric-definitions.ts'
import { VLLM_EDGES, oneTwoFiveUpTo, unionOfEdges } from './buckets.ts'
import { histogramsOf } from './histogram-series.ts'
import { parseExposition } from './parser.ts'
import { fixture } from './testing/fixtures.ts'

const page = parseExposition(fixture('vllm-0.32/metrics-under-load.prom'))
const recorded = (family: string) => histogramsOf(page, family)[0]?.value.edges ?? []

const definitions: MetricDefinition[] = Object.values(CHAT_METRICS)
const histograms = definitions.filter(({ type }) => type === 'histogram')

describe('every edge that the recorded vLLM has, ours has too', () => {
  test.each(histograms.map(({ name, vllm = [], edges = [] }) => ({ name, vllm, edges })))(
    '$name ⊇ $vllm',
    ({ vllm: [family = '', ...others], edges }) => {
      expect(others).toEqual([])
      expect(recorded(family).length).toBeGreaterThan(10)
      expect(edges).toEqual(expect.arrayContaining([...recorded(family)]))
    },
  )

  test('vLLM’s inter-token histogram has the edges of its per-request one', () => {
    expect(recorded('vllm:inter_token_latency_seconds')).toEqual(
      recorded('vllm:request_time_per_output_token_seconds'),
    )
  })
})

test.each(Object.entries(VLLM_EDGES))(
  'the edges written down for %s are the recorded ones',
  (family, edges) => {
    expect(edges).toEqual(recorded(family))
  },
)

test('sizes: vLLM’s 1-2-5 series as far as its context went', () => {
  expect(recorded('vllm:request_prompt_tokens')).toEqual(oneTwoFiveUpTo(2048))
})

test.each(histograms)('$name has finite edges that ascend', ({ edges = [] }) => {
  expect(edges.every(Number.isFinite)).toBe(true)
  expect([...new Set(edges)].sort((a, b) => a - b)).toEqual(edges)
})

test('queue waits and gaps between tokens are told apart where vLLM’s edges do not', () => {
  const below = (edges: readonly number[], limit: number) => edges.filter((edge) => edge < limit).length
  expect(below(CHAT_METRICS.queueWait.edges, 0.3)).toBeGreaterThanOrEqual(8)
  expect(below(CHAT_METRICS.interToken.edges, 0.05)).toBeGreaterThanOrEqual(8)
})

test('a union has each edge once, ascending', () => {
  expect(unionOfEdges([1, 3], [2, 3], [0.5])).toEqual([0.5, 1, 2, 3])
  expect(oneTwoFiveUpTo(100)).toEqual([1, 2, 5, 10, 20, 50, 100])
  expect(oneTwoFiveUpTo(19)).toEqual([1, 2, 5, 10])
})
