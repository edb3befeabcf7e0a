import { expect, test } from 'vitest'
import { witnessesFromPrometheus } from './prometheus.ts'
import { type Answering, type Asked, queryServer, selected, type Stored } from './testing/query-server.ts'

/** Long ago, so that nothing waits for the next scrape; on a whole second. */
const ZERO_MS = 1_700_000_000_000
const span = { fromMs: ZERO_MS, untilMs: ZERO_MS + 10_000 }
/** Scraped each second from 5 s before the run to 5 s after it: 2 requests a second, one of them slow. */
const SECONDS = Array.from({ length: 21 }, (_, index) => index - 5)

const series = (
  metric: Readonly<Record<string, string>>,
  value: (second: number) => number,
  instance: string,
  lateS: number,
): Stored => ({
  metric: { ...metric, instance, job: 'api' },
  values: SECONDS.map((second) => [ZERO_MS / 1000 + second + lateS, String(value(second))] as const),
})

/** Two pods of an API; the second goes away after 4 s. */
function stored(le: string, staleness: boolean): Stored[] {
  const pod = (instance: string, lateS: number): Stored[] => {
    const of = (metric: Record<string, string>, value: (second: number) => number) =>
      series(metric, value, instance, lateS)
    const requests = (second: number): number => 10 + 2 * Math.max(0, Math.min(10, second))
    const bucket = { __name__: 'chat_first_token_latency_seconds_bucket', model: 'm' }
    return [
      of({ __name__: 'chat_active_generations' }, (second) => (second > 0 && second < 10 ? 2 : 0)),
      of({ __name__: 'chat_requests_total', model: 'm', status: 'success' }, requests),
      of({ ...bucket, le }, (second) => requests(second) / 2),
      of({ ...bucket, le: '+Inf' }, requests),
      of({ __name__: 'chat_first_token_latency_seconds_sum', model: 'm' }, requests),
      of({ __name__: 'process_start_time_seconds' }, () => 1_600_000_000),
    ]
  }
  const goneAt = ZERO_MS / 1000 + 4.5
  const goes = pod('b:9100', 0.25).map(({ metric, values }) => ({
    metric,
    values: [
      ...values.filter(([seconds]) => seconds < goneAt),
      ...(staleness ? [[goneAt + 0.75, 'NaN'] as const] : []),
    ],
  }))
  return [...pod('a:9100', 0), ...goes]
}

interface Relative {
  readonly le: string
  /** A sample at the very beginning of a range is left out, as by Prometheus 3 and VictoriaMetrics. */
  readonly leftOpen: boolean
  /** Staleness markers are shown as samples. */
  readonly staleness?: boolean
  /** What the answer holds around the data. */
  readonly envelope?: Readonly<Record<string, unknown>>
  readonly time?: (seconds: string) => unknown
  readonly path?: string
  readonly methods?: readonly string[]
  readonly header?: readonly [name: string, value: string]
  /** The number of samples that is too many for one answer, and how the server says so. */
  readonly limit?: readonly [samples: number, status: number, body: string]
}

const scalar = (seconds: string): unknown => ({ resultType: 'scalar', result: [1, seconds] })
const vector = (seconds: string): unknown => ({
  resultType: 'vector',
  result: [{ metric: {}, value: [1, seconds] }],
})
const failed = (errorType: string, error: string): string =>
  JSON.stringify({ status: 'error', errorType, error })

/** How each server answers, as recorded or documented. */
const RELATIVES: Readonly<Record<string, Relative>> = {
  'Prometheus 2.42': { le: '2', leftOpen: false },
  'Prometheus 2, loading too many samples': {
    le: '2',
    leftOpen: false,
    limit: [
      ...([40, 422] as const),
      failed('execution', 'query processing would load too many samples into memory in query execution'),
    ],
  },
  'Prometheus 3.5': {
    le: '2.0',
    leftOpen: true,
    envelope: { infos: ['PromQL info: nothing'], warnings: null },
  },
  'VictoriaMetrics 1.79': { le: '2', leftOpen: true, staleness: true, time: vector },
  'VictoriaMetrics, cluster': {
    le: '2.0',
    leftOpen: true,
    staleness: true,
    time: vector,
    path: '/select/0/prometheus',
    envelope: { isPartial: false, warnings: null, stats: { seriesFetched: '2', executionTimeMsec: 1 } },
    limit: [
      ...([40, 422] as const),
      failed(
        '422',
        'cannot select more than -search.maxSamplesPerQuery=40 samples; possible solutions: increase the -search.maxSamplesPerQuery; reduce time range for the query',
      ),
    ],
  },
  'Thanos 0.39': { le: '2', leftOpen: false, envelope: { warnings: null, infos: null, analysis: {} } },
  'Thanos, none of whose stores may know': {
    le: '2',
    leftOpen: true,
    envelope: { warnings: ['No StoreAPIs matched for this query'] },
  },
  'Mimir 2.16': {
    le: '2.0',
    leftOpen: true,
    path: '/prometheus',
    header: ['x-scope-orgid', 'chat'],
    limit: [
      ...([40, 422] as const),
      failed(
        'execution',
        'the query exceeded the maximum number of chunks (limit: 40 chunks) (err-mimir-max-chunks-per-query). Consider reducing the time range and/or number of series selected by the query.',
      ),
    ],
  },
  'Cortex 1.18': {
    le: '2',
    leftOpen: false,
    path: '/api/prom',
    header: ['x-scope-orgid', 'chat'],
    limit: [
      ...([40, 422] as const),
      failed('execution', 'the query hit the max number of chunks limit (limit: 40 chunks)'),
    ],
  },
  'a proxy that lets only GET through': { le: '2', leftOpen: false, methods: ['GET'] },
}

function answeringAs(relative: Relative): Answering {
  const {
    le,
    leftOpen,
    staleness = false,
    envelope = {},
    time = scalar,
    path = '',
    methods,
    header,
    limit,
  } = relative
  const all = stored(le, staleness)
  const ok = (data: unknown) => ({
    status: 200,
    body: JSON.stringify({ status: 'success', data, ...envelope }),
  })
  return (asked: Asked) => {
    if (methods?.includes(asked.method) === false) return { status: 405, body: 'Method Not Allowed' }
    if (header && asked.headers[header[0]] !== header[1]) return { status: 401, body: 'no org id\n' }
    if (asked.path !== `${path}/api/v1/query`) return { status: 404, body: '404 page not found' }
    if (asked.form['query'] === 'time()') return ok(time(String(Date.now() / 1000)))
    const result = selected(all, asked.form, { leftOpen })
    const samples = result.reduce((sum, { values }) => sum + values.length, 0)
    if (limit && samples > limit[0]) return { status: limit[1], body: limit[2] }
    return ok({ resultType: 'matrix', result })
  }
}

test.each(Object.entries(RELATIVES))('%s tells the same of a run', async (_, relative) => {
  using server = await queryServer(answeringAs(relative))
  const headers = relative.header === undefined ? {} : { [relative.header[0]]: relative.header[1] }
  const options = { url: new URL(`${server.origin}${relative.path ?? ''}`), headers }
  const { witnesses, remarks, missing } = await witnessesFromPrometheus(options, span)
  const [api] = witnesses
  expect(witnesses).toHaveLength(1)
  expect(api).toMatchObject({ kind: 'api', source: 'prometheus', fromMs: -1000, untilMs: 10_000, resets: 0 })
  expect(api?.growth).toEqual([
    { name: 'chat_requests_total', labels: { model: 'm', status: 'success' }, delta: 20 + 8 },
  ])
  expect(api?.histograms).toMatchObject([{ edges: [2], counts: [14, 14], sum: 28 }])
  expect(api?.gaps.map(({ why }) => why)).toEqual([
    expect.stringContaining('b:9100: Prometheus has no later'),
  ])
  expect(missing).toEqual([])
  expect(remarks.filter((remark) => !remark.includes('No StoreAPIs'))).toEqual([])
})

test('a run that has just ended is closed by what is scraped next, and clocks are compared', async () => {
  const now = Math.floor(Date.now() / 1000)
  const shift = now - ZERO_MS / 1000
  const recent = stored('2', false).map(({ metric, values }) => ({
    metric,
    values: values.map(([seconds, value]) => [seconds + shift - 20, value] as const),
  }))
  for (const time of [scalar, vector, () => ({ resultType: 'vector', result: [] })]) {
    using server = await queryServer(({ form }) => {
      const data =
        form['query'] === 'time()'
          ? time(String(Date.now() / 1000 - 30))
          : { resultType: 'matrix', result: selected(recent, form) }
      // Without `nocache` VictoriaMetrics would hide the newest samples.
      return {
        status: form['nocache'] === '1' ? 200 : 500,
        body: JSON.stringify({ status: 'success', data }),
      }
    })
    const { remarks } = await witnessesFromPrometheus(
      { url: new URL(server.origin) },
      { fromMs: (now - 20) * 1000, untilMs: (now - 10) * 1000 },
    )
    expect(remarks).toEqual([
      expect.stringMatching(/clock is 30\.\d s behind this machine's|does not tell its time/),
    ])
  }
})

const partial = (more: object) => ({
  status: 200,
  body: JSON.stringify({
    status: 'success',
    ...more,
    data: {
      resultType: 'matrix',
      result: selected(stored('2', false), { query: '{}[9999999ms]', time: '1700000020' }),
    },
  }),
})

test.each([
  ['VictoriaMetrics', { isPartial: true }, 'the answer is partial'],
  [
    'Thanos',
    { warnings: ['receive series from Addr: store:10901: rpc error: code = Unavailable'] },
    'rpc error',
  ],
])('a partial answer of %s is said to lack something', async (_, more, why) => {
  using server = await queryServer(() => partial(more))
  const { missing } = await witnessesFromPrometheus({ url: new URL(server.origin) }, span)
  expect(missing[0]).toContain(`--prometheus ${server.origin}: {`)
  expect(missing[0]).toContain(why)
})
