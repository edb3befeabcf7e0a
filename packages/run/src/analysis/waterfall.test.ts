import { bucketSamples, FIRST_TOKEN_EDGES } from '@slicechat/metrics/reading'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aLatencies, aRun, aTally, aWitness, times } from '../testing/parts.ts'
import type { Witness } from '../schema/witness.ts'
import { likeForLike } from './like-for-like.ts'
import { waterfallOf } from './waterfall.ts'

const histogram = (name: string, seconds: readonly number[]): Witness['histograms'][number] => {
  const { edges, counts, sum } = bucketSamples(seconds, FIRST_TOKEN_EDGES)
  return { name, labels: {}, edges: [...edges], counts: [...counts], sum }
}
const api = (ttft: readonly number[], wait: readonly number[], upstream: readonly number[]) =>
  aWitness({
    kind: 'api',
    histograms: [
      histogram('chat_first_token_latency_seconds', ttft),
      histogram('chat_queue_wait_seconds', wait),
      histogram('chat_upstream_first_token_latency_seconds', upstream),
    ],
  })
const engine = (ttft: readonly number[], queue: readonly number[], prefill: readonly number[]) =>
  aWitness({
    kind: 'vllm',
    histograms: [
      histogram('vllm:time_to_first_token_seconds', ttft),
      histogram('vllm:request_queue_time_seconds', queue),
      histogram('vllm:request_prefill_time_seconds', prefill),
    ],
  })
const client = (...ms: readonly number[]) => aTally({ latencies: aLatencies({ ttft: times(...ms) }) })

test('each stage is what lies between two means', () => {
  const run = aRun({
    whole: client(1, 1.5),
    witnesses: [api([0.001], [0.0002], [0.0006]), engine([0.0005], [0.0001], [0.0003])],
  })
  const waterfall = waterfallOf(run)
  expect(waterfall?.totalMs).toBe(1.25)
  expect(waterfall?.stages.map(({ key, ms }) => [key, Number(ms.toFixed(6))])).toEqual([
    ['transport', 0.25],
    ['admission', 0.2],
    ['api', 0.2],
    ['tunnel', 0.1],
    ['engineQueue', 0.1],
    ['prefill', 0.3],
    ['engineRest', 0.1],
  ])
  expect(waterfall?.stages[0]).toMatchObject({ counts: [2, 1], note: 'Means of different requests: 2, 1.' })
})

test('whatever the numbers and whoever is absent, the stages add up to the total', () => {
  const seconds = fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { maxLength: 5 })
  const witnesses = fc.subarray([0, 1])
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 9_000, noNaN: true }), { minLength: 1, maxLength: 5 }),
      fc.tuple(seconds, seconds, seconds),
      fc.tuple(seconds, seconds, seconds),
      witnesses,
      fc.constantFrom('api' as const, 'openai' as const),
      (ms, ofApi, ofEngine, present, kind) => {
        const run = aRun({ whole: client(...ms) })
        const all = [api(...ofApi), engine(...ofEngine)]
        const waterfall = waterfallOf({
          ...run,
          target: { ...run.target, kind },
          witnesses: all.filter((_, index) => present.includes(index)),
        })
        const sum = waterfall?.stages.reduce((total, stage) => total + stage.ms, 0) ?? 0
        expect(sum).toBeCloseTo(waterfall?.totalMs ?? 0, 5)
      },
    ),
  )
})

test('a remainder below zero is shown as it is', () => {
  const run = aRun({ whole: client(1), witnesses: [api([0.002], [0], [0.002])] })
  const [transport] = waterfallOf(run)?.stages ?? []
  expect(transport?.ms).toBeCloseTo(-1, 6)
  expect(transport?.note).toContain('Below zero')
})

test('without a first token there is nothing to take apart', () => {
  expect(waterfallOf(aRun())).toBeNull()
})

test('the same samples at client, API and engine are alike at every shared edge', () => {
  const seconds = [0.03, 0.03, 0.07, 0.2, 0.6, 3]
  const run = aRun({
    whole: client(...seconds.map((s) => s * 1000)),
    witnesses: [api(seconds, [], []), engine(seconds, [], [])],
  })
  const [ttft, ...others] = likeForLike(run)
  expect(others).toEqual([])
  expect(ttft?.views.map(({ party, count }) => [party, count])).toEqual([
    ['client', 6],
    ['api', 6],
    ['vllm', 6],
  ])
  expect(ttft?.distances.map(({ distance }) => distance.distance)).toEqual([0, 0, 0])
  expect(ttft?.views.map(({ quantiles }) => quantiles[0])).toEqual([
    [60, 80],
    [60, 80],
    [60, 80],
  ])
})

test('a shift by the transport shows as a distance, with the edge where it is', () => {
  const run = aRun({ whole: client(70, 70, 70, 70), witnesses: [api([0.03, 0.03, 0.03, 0.07], [], [])] })
  const [ttft] = likeForLike(run)
  expect(ttft?.distances[0]).toMatchObject({ a: 'client', b: 'api', distance: { distance: 0.75, edge: 40 } })
})
