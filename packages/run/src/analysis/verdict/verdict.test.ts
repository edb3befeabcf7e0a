import { expect, test } from 'vitest'
import type { Run } from '../../schema/run.ts'
import { aLatencies, anInterval, aRun, aTally, aWitness, times } from '../../testing/parts.ts'
import type { Points } from '../../server-metrics/steps.ts'
import type { Witness } from '../../schema/witness.ts'
import { analyse } from '../analyse.ts'

const gauge = (name: string, points: Points): Witness['over'][number] => ({
  name,
  labels: {},
  type: 'gauge',
  points: points.map(([ms, value]) => [ms, value]),
})
const ramp = (from: number, of: (second: number) => number): Points =>
  Array.from({ length: 60 }, (_, s) => [s * 1000, s < from ? 0 : of(s)] as const)
const engine = (...over: Witness['over']) => aWitness({ kind: 'vllm', over })
const verdict = (run: Run) => analyse(run).verdict
const withSelf = (self: Partial<Run['self']>): Run => ({ ...aRun(), self: { ...aRun().self, ...self } })

test('a run that had nothing to send says so', () => {
  expect(verdict(aRun()).headline).toBe('No request was sent: the schedule had none.')
})

test('without witnesses no count is said to be explained', () => {
  const threshold = { expression: 'errors.rate < 1%', passed: true, value: 0 }
  const whole = aTally({ started: 1 })
  expect(verdict(aRun({ whole, thresholds: [threshold] })).headline).toBe(
    'The threshold is met; only the client counted.',
  )
  expect(verdict(aRun({ whole })).headline).toMatch(
    /^\d+ of \d+ requests? succeeded; only the client counted\.$/,
  )
})

test('what reaches its limit first is named first', () => {
  const run = aRun({
    witnesses: [
      engine(
        gauge(
          'vllm:kv_cache_usage_perc',
          ramp(20, () => 0.97),
        ),
        gauge(
          'vllm:num_requests_waiting',
          ramp(30, (s) => s),
        ),
      ),
      aWitness({
        kind: 'api',
        over: [
          gauge(
            'chat_queued_generations',
            ramp(40, () => 7),
          ),
        ],
      }),
    ],
  })
  const { saturating, statements } = verdict(run)
  expect(saturating.map(({ resource, fromMs }) => [resource, fromMs])).toEqual([
    ['kvCache', 20_000],
    ['engineQueue', 30_000],
    ['admission', 40_000],
  ])
  expect(statements[0]).toMatch(/^The KV cache saturates first: the KV cache was up to 97% full; then /)
})

test('a burst of two samples is no saturation', () => {
  const burst: Points = [
    [0, 0],
    [1000, 5],
    [2000, 5],
    [3000, 0],
  ]
  expect(
    verdict(aRun({ witnesses: [engine(gauge('vllm:num_requests_waiting', burst))] })).saturating,
  ).toEqual([])
})

const always = (name: string, value: number, labels: Record<string, string> = {}) => ({
  ...gauge(
    name,
    ramp(0, () => value),
  ),
  labels,
})
const late = (points: Points): Points => points.map(([ms, value]) => [ms + 400, value])
const KV = 'vllm:kv_cache_usage_perc'
const WAITING = 'vllm:num_requests_waiting'

test('two engines of one page that are half full are not one that is full', () => {
  const half = engine(always(KV, 0.6, { engine: '0' }), always(KV, 0.55, { engine: '1' }))
  expect(verdict(aRun({ witnesses: [half] })).saturating).toEqual([])
  const full = engine(always(KV, 0.6, { engine: '0' }), always(KV, 0.97, { engine: '1' }))
  expect(verdict(aRun({ witnesses: [full] })).saturating).toMatchObject([
    { resource: 'kvCache', why: 'the KV cache of engine 1 was up to 97% full' },
  ])
})

test('two pages: those that waited are added up, and the fullest cache is named', () => {
  const pod = (name: string, kv: number, waiting: number, shift: (points: Points) => Points) => {
    const { over, ...rest } = engine(always(KV, kv), always(WAITING, waiting))
    const shifted = over.map(({ points, ...one }) => gauge(one.name, shift(points)))
    return { ...rest, name, url: `http://${name}/metrics`, over: shifted }
  }
  const witnesses = [pod('vllm-0', 0.5, 9, (points) => points), pod('vllm-1', 1, 5, late)]
  expect(verdict(aRun({ witnesses })).saturating.map(({ why }) => why)).toEqual([
    'up to 14 requests waited in the queue of the engine',
    'the KV cache of vllm-1 was up to 100% full',
  ])
})

test('a burst of two samples of one of several pods is no saturation', () => {
  const quiet = { ...engine(gauge(WAITING, late(ramp(60, () => 0)))), name: 'b', url: 'http://b/metrics' }
  const burst = ramp(0, (s) => (s === 10 || s === 11 ? 5 : 0))
  expect(verdict(aRun({ witnesses: [engine(gauge(WAITING, burst)), quiet] })).saturating).toEqual([])
  const longer = ramp(0, (s) => (s >= 10 && s <= 12 ? 5 : 0))
  expect(verdict(aRun({ witnesses: [engine(gauge(WAITING, longer)), quiet] })).saturating).toMatchObject([
    { resource: 'engineQueue', fromMs: 10_000 },
  ])
})

test('a GPU saturates where more load brings no more tokens, and not because its memory is busy', () => {
  const labels = { UUID: 'GPU-1', GPU_I_ID: '3' }
  const of = (name: string, value: number) => ({
    ...gauge(
      name,
      ramp(0, () => value),
    ),
    labels,
  })
  const dcgm = aWitness({
    kind: 'dcgm',
    over: [of('DCGM_FI_PROF_DRAM_ACTIVE', 0.92), of('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', 0.2)],
  })
  const loaded = (most: number) =>
    aRun({
      witnesses: [dcgm],
      intervals: Array.from({ length: 60 }, (_, s) =>
        anInterval({ atMs: s * 1000, active: s + 1, tokens: 30 * Math.min(s + 1, most) }),
      ),
    })
  expect(verdict(loaded(60)).saturating).toEqual([])
  const [first] = verdict(loaded(30)).saturating
  expect(first?.resource).toBe('dram')
  expect(first?.why).toContain('no more than 900 tokens a second')
})

test('of several slices the one that saturates is named; by GPU_UTIL alone it is the GPU that does', () => {
  const loaded = (...over: Witness['over']) =>
    aRun({
      witnesses: [aWitness({ kind: 'dcgm', over })],
      intervals: Array.from({ length: 60 }, (_, s) =>
        anInterval({ atMs: s * 1000, active: s + 1, tokens: 30 * Math.min(s + 1, 30) }),
      ),
    })
  const dram = (id: string, value: number) =>
    always('DCGM_FI_PROF_DRAM_ACTIVE', value, { UUID: 'GPU-1', GPU_I_ID: id })
  expect(verdict(loaded(dram('3', 0.9), dram('5', 0.1))).saturating[0]?.why).toContain(
    'with the memory of GPU-1 instance 3 busy up to 90% of the time',
  )
  const [first] = verdict(loaded(always('DCGM_FI_DEV_GPU_UTIL', 99, { UUID: 'GPU-1' }))).saturating
  expect([first?.resource, first?.why]).toEqual([
    'gpu',
    expect.stringContaining('with the card busy up to 99% of the time'),
  ])
})

test('a saturated client comes before everything', () => {
  const result = verdict(withSelf({ saturated: true, why: ['event loop 80 ms late'] }))
  expect(result.saturating[0]?.resource).toBe('client')
  expect(result.headline).toContain('load tester was saturated')
  expect(result.warnings[0]).toContain('event loop 80 ms late')
})

test('quality: quantiles, goodput, failures', () => {
  const tally = aTally({
    started: 100,
    intended: 100,
    succeeded: 98,
    failed: 2,
    goodRequests: 90,
    errors: [{ code: 'UPSTREAM_BUSY', count: 2, example: 'busy' }],
    latencies: aLatencies({ ttft: times(1, 1.5), startDelay: aTally({ started: 100 }).latencies.startDelay }),
  })
  const text = verdict(aRun({ whole: tally, slo: { ttftMs: 5 } })).statements.join('\n')
  expect(text).toMatch(
    /Time to first token: p50 1\sms, p95 1.5\sms†, p99 1.5\sms† \(†: the slowest of 2 answers\)\./,
  )
  expect(text).toContain('Goodput: 90%')
  expect(text).toContain('2 requests failed (2%), most often with UPSTREAM_BUSY')
})

test('warnings: simulated, cut short, gaps, restarts, what sampling costs', () => {
  const run = aRun({
    cutShort: 'Ctrl-C',
    witnesses: [
      aWitness({ kind: 'vllm', simulated: true, resets: 1, scrapeMs: 200 }),
      aWitness({ kind: 'dcgm', intervalMs: 100, gaps: [{ fromMs: 5, untilMs: 9, why: 'no route' }] }),
    ],
  })
  const text = verdict(run).warnings.join('\n').replaceAll('\u00a0', ' ')
  for (const part of [
    'Simulated',
    'Ctrl-C',
    'no route',
    'restarted once',
    '200 ms of every 1 s',
    '2% of decode',
  ])
    expect(text).toContain(part)
})

test('a run that was over before its steady part has nothing to judge, and says so', () => {
  const thresholds = [{ expression: 'goodput >= 90%', value: null, passed: false }]
  const run = aRun({
    slo: { ttftMs: 100 },
    thresholds,
    cutShort: 'The run was interrupted.',
    steadyTally: aTally(),
    whole: aTally({ started: 4, succeeded: 0, unfinished: 4, undecided: 4 }),
  })
  const { goodput, headline, statements, warnings } = verdict(run)
  expect(goodput).toBeNull()
  expect(headline).toBe('No request in the steady part to judge; cut short: The run was interrupted.')
  expect(statements).toContain('Goodput: no request to judge.')
  expect(warnings.join(' ')).toContain('with 4 requests still under way')
})

test('goodput is of those that could be judged, and the others are counted', () => {
  const steadyTally = aTally({ started: 14, succeeded: 10, unfinished: 4, undecided: 4, goodRequests: 9 })
  const { goodput, statements } = verdict(aRun({ slo: { ttftMs: 100 }, steadyTally }))
  expect(goodput).toBe(0.9)
  expect(statements.join(' ')).toContain(
    'Goodput: 90% of the requests that can be judged met every limit; 4 were cut off before it could be told.',
  )
})

test('a threshold that had nothing to measure is not called missed', () => {
  const whole = aTally({ started: 3 })
  const thresholds = [
    { expression: 'ttft.p95 < 1s', value: 2_000, passed: false },
    { expression: 'interToken.p95 < 1s', value: null, passed: false },
  ]
  expect(verdict(aRun({ whole, thresholds })).headline).toBe(
    'Missed: ttft.p95 < 1s; nothing was measured for interToken.p95 < 1s.',
  )
})
