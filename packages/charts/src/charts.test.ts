import { expect, test } from 'vitest'
import { LatencyHistogram } from '@slicechat/run'
import { engineLoadOf } from '@slicechat/run/analysis'
import { anInterval, aRun, aWitness, sampleRun, times } from '@slicechat/run/testing'
import { cdfChart } from './cdf-chart.ts'
import { engineChart } from './engine-chart.ts'
import { gpuChart } from './gpu-chart.ts'
import { latencyBands } from './latency-bands.ts'
import { loadChart } from './load-chart.ts'
import { loadLatencyChart } from './load-latency-chart.ts'
import { coordinatesOf, elementsOf } from './testing/well-formed.ts'
import { waterfallChart } from './waterfall-chart.ts'

const HOSTILE = `<script>alert("1")</script>' onload='x' & \u0000\u{d800}\u202e ]]>`
const of = (...ms: number[]): LatencyHistogram => LatencyHistogram.decode(times(...ms))

const single = aRun({
  name: HOSTILE,
  intervals: [anInterval({ users: 1, tokens: 3, ttft: times(80), gap: times(20) })],
})
const huge = aRun({
  name: 'huge',
  durationMs: 9e12,
  intervalMs: 1e9,
  intervals: Array.from({ length: 4000 }, (_, index) =>
    anInterval({
      atMs: index * 1e9,
      users: 100_000,
      active: 2 ** 40,
      tokens: 1e15,
      failed: 2 ** 50,
      ttft: times(7e6),
    }),
  ),
})
const runs = { empty: aRun(), single, huge, sample: sampleRun({ seconds: 60 }) }

const gpu = { everyMs: 1000, gaps: [], width: 400 }
const trace = (...points: [number, number][]) => ({
  label: HOSTILE,
  activity: [{ label: HOSTILE, samples: points }],
  power: points,
})
const drawings: Record<string, () => string> = {
  'no distributions': () => cdfChart([], { title: HOSTILE, width: 300 }),
  'an empty distribution': () => cdfChart([{ label: 'none', samples: of() }], { title: 'x', width: 300 }),
  'one sample': () => cdfChart([{ label: HOSTILE, samples: of(5) }], { title: 'x', width: 300 }),
  'samples of zero': () => cdfChart([{ label: 'zero', samples: of(0, 0) }], { title: 'x', width: 300 }),
  'samples and buckets': () =>
    cdfChart(
      [
        { label: 'client', samples: of(0, 3, 9, 7_200_000) },
        { label: 'API', known: { edgesMs: [1, 10, 100], shares: [0, 0.5, 0.8] } },
        { label: 'nothing known', known: { edgesMs: [], shares: [] } },
      ],
      { title: 'x', width: 900, limits: [{ ms: 50, label: HOSTILE }] },
    ),
  'no stages': () => waterfallChart([], { title: HOSTILE, total: { label: HOSTILE, ms: 0 }, width: 300 }),
  stages: () =>
    waterfallChart(
      [
        { label: HOSTILE, ms: 10 },
        { label: 'unknown', ms: null },
        { label: 'below zero', ms: -1e12 },
        { label: 'long', ms: 1e15 },
      ],
      { title: 'x', total: { label: 'all', ms: 9e14 }, width: 300 },
    ),
  'no slices': () => gpuChart(runs.sample, [], gpu),
  'a slice without samples': () => gpuChart(runs.empty, [trace()], gpu),
  'a sample before the run': () => gpuChart(runs.single, [trace([-400, 0.5])], gpu),
  slices: () => gpuChart(runs.sample, [trace([0, 0.1], [1000, 1], [9000, 1e9]), trace([3, 0])], gpu),
  'no steps': () => loadLatencyChart([], { title: HOSTILE, unit: HOSTILE, width: 300 }),
  'one step': () =>
    loadLatencyChart([{ load: 4, ttftP95Ms: null, tokensPerSecond: 0, passed: false }], {
      title: 'x',
      unit: 'users',
      width: 300,
      knee: 4,
    }),
  steps: () =>
    loadLatencyChart(
      [1, 2, 4, 8, 1e12].map((load) => ({
        load,
        ttftP95Ms: load * 9,
        tokensPerSecond: load * 3,
        passed: load < 5,
      })),
      { title: 'x', unit: 'users', width: 900, knee: 4, sloMs: 50 },
    ),
}
for (const [name, run] of Object.entries(runs)) {
  for (const width of [300, 940]) {
    drawings[`load of ${name} at ${width}`] = () => loadChart([run], { width })
    drawings[`bands of ${name} at ${width}`] = () => latencyBands([run], { width })
  }
  drawings[`load of ${name} beside another`] = () => loadChart([run, runs.sample], { width: 700 })
  drawings[`bands of ${name} beside another`] = () => latencyBands([run, runs.sample], { width: 700 })
}

test.each(Object.entries(drawings))('%s: well-formed, named, with finite coordinates', (_, draw) => {
  const svg = draw()
  expect(elementsOf(svg).slice(0, 3)).toEqual(['svg', 'title', 'desc'])
  expect(svg).toContain('role="img"')
  expect(coordinatesOf(svg).filter((value) => !Number.isFinite(value))).toEqual([])
  expect(svg).not.toContain('NaN')
})

test('a gap in the run is a gap in the line', () => {
  const at = (second: number) => anInterval({ atMs: second * 1000, users: 3, active: 3, ttft: times(50) })
  const svg = loadChart([aRun({ durationMs: 6000, intervals: [at(0), at(1), at(4), at(5)] })], { width: 600 })
  const users = /data-label="users"[^>]*><path class="line dashed" d="([^"]*)"/.exec(svg)?.[1] ?? ''
  expect(users.match(/M/g)).toHaveLength(2)
})

test('an SLO near the latencies is a line; far above them it is told', () => {
  const bands = (ttftMs: number): string =>
    latencyBands([aRun({ slo: { ttftMs }, intervals: [anInterval({ ttft: times(400) })] })], { width: 600 })
  expect(bands(800)).toContain('class="limit"')
  expect(bands(8000)).not.toContain('class="limit"')
  expect(bands(8000).replaceAll('\u00a0', ' ')).toContain('the SLO of 8 s lies above')
})

test('missing samples of the GPU are a gap, and so is a time without an answer', () => {
  const svg = gpuChart(
    aRun(),
    [
      {
        label: 'slice',
        activity: [
          {
            label: 'engine',
            samples: [
              [0, 1],
              [1000, 1],
              [2000, 1],
              [9000, 1],
              [10_000, 1],
              [11_000, 1],
            ],
          },
        ],
        power: [],
      },
    ],
    { everyMs: 1000, gaps: [{ fromMs: 10_200, untilMs: 10_900 }], width: 600 },
  )
  const engine = /data-label="engine"[^>]*><path class="line" d="([^"]*)"/.exec(svg)?.[1] ?? ''
  expect(engine.match(/M/g)).toHaveLength(3)
})

test('between the edges of a server nothing is claimed', () => {
  const known = { edgesMs: [10, 20, 40], shares: [0, 0.25, 1] }
  const svg = cdfChart([{ label: 'API', known }], { title: 'x', width: 600 })
  const texts = /data-label="API" data-texts="([^"]*)"/.exec(svg)?.[1]?.split('|') ?? []
  expect(new Set(texts)).toEqual(new Set(['0%', '0% to 25%', '25% to 100%', '100%']))
  expect(svg.match(/<circle class="dot"/g)?.length).toBeGreaterThanOrEqual(3)
})

test('samples from before and after the run are not pushed onto its ends', () => {
  const samples = [
    [-200, 0],
    [500, 1],
    [1500, 1],
    [60_800, 0],
  ] as const
  const traces = [{ label: 'slice', activity: [{ label: 'engine', samples }], power: [] }]
  const svg = gpuChart(aRun(), traces, { everyMs: 1000, gaps: [], width: 600 })
  const engine = /data-label="engine"[^>]*><path class="line" d="([^"]*)"/.exec(svg)?.[1] ?? ''
  expect(engine.match(/[ML]/g)).toEqual(['M', 'L'])
})

test.each([50, 300, 900, 2_500, 4_000, 4_900, 9_900, 10_000])(
  'the ticks of a run of %i ms differ, and there are several',
  (durationMs) => {
    const intervals = Array.from({ length: Math.ceil(durationMs / 1000) }, (_, s) =>
      anInterval({ atMs: s * 1000 }),
    )
    const svg = loadChart([aRun({ durationMs, intervals })], { width: 900 })
    const foot = svg.slice(svg.lastIndexOf('</g>'))
    const ticks = [...foot.matchAll(/class="tick"[^>]*>([^<]*)</g)].map(([, text]) => text)
    expect(ticks.length).toBeGreaterThanOrEqual(4)
    expect(new Set(ticks).size).toBe(ticks.length)
  },
)

test('what a limit means stands in the legend, where it hides no point', () => {
  const steps = [{ load: 1, ttftP95Ms: 300, tokensPerSecond: null, passed: true }]
  const svg = loadLatencyChart(steps, { title: 't', unit: 'users', width: 400, sloMs: 300 })
  const [panel = ''] = /<g class="panel"[\s\S]*?<\/g><rect/.exec(svg) ?? [
    svg.slice(svg.indexOf('class="panel"')),
  ]
  expect(svg).toMatch(/class="limit-label"[^>]*>SLO 300/)
  expect(panel).not.toContain('limit-label')
})

test('the engine’s queue and KV cache are drawn over time, with gaps where it was silent', () => {
  const gauge = (name: string, value: (second: number) => number) => ({
    name,
    labels: {},
    type: 'gauge' as const,
    points: Array.from({ length: 60 }, (_, s): [number, number] => [s * 1000, value(s)]).filter(
      ([ms]) => ms < 20_000 || ms > 30_000,
    ),
  })
  const over = [
    gauge('vllm:num_requests_running', () => 8),
    gauge('vllm:num_requests_waiting', (s) => s),
    gauge('vllm:kv_cache_usage_perc', (s) => s / 60),
  ]
  const run = aRun({ witnesses: [aWitness({ kind: 'vllm', over })] })
  const svg = engineChart(run, engineLoadOf(run), { width: 400, gaps: [] })
  elementsOf(svg)
  for (const label of ['running', 'waiting', 'used']) expect(svg).toContain(`data-label="${label}"`)
  expect(svg).toContain('Requests waiting in the queue: at most 59. KV cache in use: at most 98.3%.')
  expect(svg.match(/class="line" d="M[^"]*M/g)).toHaveLength(3)
})
