import { expect, test } from 'vitest'
import { CHAT_METRICS } from '@slicechat/metrics/reading'
import { aRun, aWitness } from '../testing/parts.ts'
import { GAUGES } from '@slicechat/metrics/reading'
import type { Points } from './steps.ts'
import { ServerMetrics } from './server-metrics.ts'
import type { Witness } from '../schema/witness.ts'

const RUNNING = 'vllm:num_requests_running'
const KV = 'vllm:kv_cache_usage_perc'

const series = (name: string, points: Points, labels: Record<string, string> = {}) => ({
  name,
  labels,
  type: 'gauge' as const,
  points: points.map(([ms, value]): [number, number] => [ms, value]),
})
/** One value each second, from `fromS` to `untilS`, both included. */
const each = (fromS: number, untilS: number, value: number, lateMs = 0): Points =>
  Array.from({ length: untilS - fromS + 1 }, (_, s) => [(fromS + s) * 1000 + lateMs, value] as const)
const page = (name: string, ...over: Witness['over']): Witness =>
  aWitness({ kind: 'vllm', name, url: `http://${name}:8000/metrics`, over })
const told = (...witnesses: Witness[]) => new ServerMetrics(aRun({ witnesses }), 'vllm')

test('counts add up over engines and pods that are sampled at different times', () => {
  const combined = told(
    page(
      'a',
      series(RUNNING, each(0, 9, 3), { engine: '0' }),
      series(RUNNING, each(0, 9, 4), { engine: '1' }),
    ),
    page('b', series(RUNNING, each(0, 9, 5, 400))),
  ).gauge(RUNNING)
  // Until both have reported, the sum is unknown.
  expect(combined?.points[0]).toEqual([400, 12])
  expect(new Set(combined?.points.map(([, value]) => value))).toEqual(new Set([12]))
  expect(combined).toMatchObject({ everyMs: 1000, highest: { ms: 400, value: 12, of: null } })
})

test('of shares the fullest counts, and it is said whose it is', () => {
  const engines = (a: number, b: number) => [
    series(KV, each(0, 9, a), { engine: '0' }),
    series(KV, each(0, 9, b), { engine: '1' }),
  ]
  expect(told(page('a', ...engines(0.6, 0.55))).gauge(KV)?.highest).toMatchObject({
    value: 0.6,
    of: 'engine 0',
  })
  const both = told(page('a', ...engines(0.6, 0.55)), page('b', ...engines(0.1, 0.8))).gauge(KV)
  expect(both?.highest).toMatchObject({ value: 0.8, of: 'engine 1 of b' })
  expect(told(page('a', series(KV, each(0, 9, 0.6)))).gauge(KV)?.highest?.of).toBeNull()
})

test('a pod that went away counts no more, one that comes counts from then on', () => {
  const combined = told(
    page('stays', series(RUNNING, each(0, 29, 1))),
    page('goes', series(RUNNING, each(0, 10, 10, 300))),
    page('comes', series(RUNNING, each(20, 29, 100, 600))),
  ).gauge(RUNNING)
  const at = (ms: number) => combined?.points.findLast(([time]) => time <= ms)?.[1]
  expect([at(5_000), at(12_000), at(18_000), at(25_000)]).toEqual([11, 1, 1, 101])
  expect(combined?.points.at(-1)?.[1]).toBe(101)
})

test('while a pod is silent that speaks again, the whole is not known', () => {
  const combined = told(
    page('a', series(RUNNING, each(0, 29, 1))),
    page('b', series(RUNNING, [...each(0, 9, 8), ...each(20, 29, 8)])),
  ).gauge(RUNNING)
  expect(combined?.points.some(([ms]) => ms >= 10_000 && ms < 20_000)).toBe(false)
  expect(new Set(combined?.points.map(([, value]) => value))).toEqual(new Set([9]))
})

test("a Prometheus' pods stay apart by their instance, and counters of several keep what a pod that went had", () => {
  const instance = (name: string, points: Points) => series(KV, points, { instance: name })
  const witness = page('vllm', instance('vllm-0', each(0, 9, 0.2)), instance('vllm-1', each(0, 9, 0.9, 700)))
  expect(told({ ...witness, source: 'prometheus' }).gauge(KV)?.highest?.of).toBe('vllm-1')
  const counter = (points: Points) => ({
    ...series('vllm:num_preemptions_total', points),
    type: 'counter' as const,
  })
  const preempted = told(
    page(
      'a',
      counter([
        [0, 0],
        [1000, 4],
      ]),
    ),
    page(
      'b',
      counter([
        [500, 1],
        [9000, 2],
      ]),
    ),
  )
  expect(preempted.counter(['vllm:num_preemptions_total'])).toEqual([
    [0, 0],
    [500, 1],
    [1000, 5],
    [9000, 6],
  ])
})

test('other models of the same server are left out and named; an alias, which nothing names, counts whole', () => {
  const of = (model: string, delta: number) => ({
    name: 'vllm:generation_tokens_total',
    labels: { model_name: model },
    delta,
  })
  const both = aWitness({
    kind: 'vllm',
    growth: [of('ours', 7), of('theirs', 100), of('idle', 0)],
    over: [
      series(RUNNING, each(0, 9, 2), { model_name: 'ours' }),
      series(RUNNING, each(0, 9, 30), { model_name: 'theirs' }),
    ],
  })
  const asked = (model: string) => {
    const run = aRun({ witnesses: [both] })
    return new ServerMetrics({ ...run, target: { ...run.target, model } }, 'vllm')
  }
  const tokens = ['vllm:generation_tokens_total'] as const
  expect(asked('ours').growth(tokens)).toBe(7)
  expect(asked('ours').gauge(RUNNING)?.highest?.value).toBe(2)
  expect(asked('ours').edges([RUNNING])).toEqual({ start: 2, end: 0 })
  expect(asked('ours').otherModels).toEqual(['theirs'])
  expect(asked('an-adapter').growth(tokens)).toBe(107)
  expect(asked('an-adapter').otherModels).toEqual([])
})

test("the API's count of models that it does not know is the run's too", () => {
  const of = (model: string, delta: number) => ({
    name: 'chat_requests_total',
    labels: { model, status: 'rejected' },
    delta,
  })
  const run = aRun({
    witnesses: [aWitness({ growth: [of('other', 3), of('sim/qwen2.5-3b-instruct', 4), of('another', 9)] })],
  })
  expect(new ServerMetrics(run, 'api').growth(['chat_requests_total'])).toBe(7)
})

test('pages of two builds: each counts under the name that it has', () => {
  const of = (name: string, name2: string, delta: number) => ({
    ...page(name2),
    growth: [{ name, labels: {}, delta }],
  })
  const both = told(of('vllm:prompt_tokens_total', 'a', 3), of('vllm:prompt_tokens', 'b', 4))
  expect(both.growth(['vllm:prompt_tokens_total'])).toBe(7)
})

test('every gauge of the API has a kind', () => {
  const names = Object.values(CHAT_METRICS).flatMap(({ type, name }) => (type === 'gauge' ? [name] : []))
  expect(names.filter((name) => GAUGES.api[name] === undefined)).toEqual([])
})
