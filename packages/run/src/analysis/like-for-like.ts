import { isThroughApi } from '../schema/through-api.ts'
import type {
  CdfDistance,
  HistogramData,
  Interval as Range,
  ServerMetricName,
  VllmMetricName,
} from '@slicechat/metrics/reading'
import {
  cdfDistance,
  CHAT_METRICS,
  quantileInterval,
  rebucket,
  sharedEdges,
  shares,
} from '@slicechat/metrics/reading'
import { LatencyHistogram } from '../histogram/latency-histogram.ts'
import type { Latencies, Run } from '../schema/run.ts'
import { ServerMetrics } from '../server-metrics/server-metrics.ts'
import type { Party } from './ledger/difference.ts'

/** The quantiles that are compared. */
export const QUANTILES = [0.5, 0.9, 0.95, 0.99] as const

/** One witness's view of a latency. */
export interface View {
  readonly party: Party
  readonly metric: string
  readonly count: number
  /** For each of `QUANTILES` the bucket that holds it, in milliseconds `[above, up to]`; `null` when empty. */
  readonly quantiles: readonly (Range | null)[]
  /** The share of samples at or below each of `edgesMs`. */
  readonly shares: readonly number[]
}

/** One latency as several witnesses saw it, over edges that they share. */
export interface Comparison {
  readonly latency: 'ttft' | 'interToken' | 'e2e'
  readonly title: string
  /** Upper edges in milliseconds that all views have. */
  readonly edgesMs: readonly number[]
  readonly views: readonly View[]
  /** For each pair the largest distance between the two distributions, and the edge (milliseconds) where it is. */
  readonly distances: readonly { readonly a: Party; readonly b: Party; readonly distance: CdfDistance }[]
}

const LATENCIES: readonly {
  latency: Comparison['latency'] & keyof Latencies
  title: string
  api: ServerMetricName
  vllm: readonly VllmMetricName[]
}[] = [
  {
    latency: 'ttft',
    title: 'Time to first token',
    api: CHAT_METRICS.firstToken.name,
    vllm: ['vllm:time_to_first_token_seconds'],
  },
  {
    latency: 'interToken',
    title: 'Time between tokens, mean of an answer',
    api: CHAT_METRICS.interToken.name,
    vllm: ['vllm:request_time_per_output_token_seconds'],
  },
  {
    latency: 'e2e',
    title: 'Whole answer',
    api: CHAT_METRICS.e2e.name,
    vllm: ['vllm:e2e_request_latency_seconds'],
  },
]

/**
 * The distributions of client, API and engine side by side, without interpolation: the client's samples are
 * sorted into the servers' buckets, and all are reduced to the edges that they share. Latencies that no
 * server reports are left out.
 */
export function likeForLike(run: Run): Comparison[] {
  const api = isThroughApi(run) ? new ServerMetrics(run, 'api') : null
  const engine = new ServerMetrics(run, 'vllm')
  return LATENCIES.flatMap(({ latency, title, api: apiMetric, vllm }) => {
    const servers = [
      { party: 'api' as const, metric: apiMetric, data: api?.histogram([apiMetric]) ?? null },
      { party: 'vllm' as const, metric: vllm[0] ?? '', data: engine.histogram(vllm) },
    ].flatMap(({ party, metric, data }) => (data && data.edges.length > 0 ? [{ party, metric, data }] : []))
    const [first] = servers
    if (!first) return []
    const samples = LatencyHistogram.decode(run.whole.latencies[latency])
    const client = { party: 'client' as const, metric: latency, data: samples.rebucket(first.data.edges) }
    const seen = [client, ...servers]
    const edges = seen.map(({ data }) => data.edges).reduce(sharedEdges)
    return [
      {
        latency,
        title,
        edgesMs: edges.map((edge) => edge * 1000),
        views: seen.map(({ party, metric, data }) => ({
          party,
          metric,
          count: data.count,
          quantiles: QUANTILES.map((q) => quantileMs(data, q)),
          shares: shares(rebucket(data, edges)),
        })),
        distances: distancesOf(seen),
      },
    ]
  })
}

const quantileMs = (data: HistogramData, q: number): Range | null => {
  const interval = quantileInterval(data, q)
  return interval && [interval[0] * 1000, interval[1] * 1000]
}

function distancesOf(seen: readonly { party: Party; data: HistogramData }[]): Comparison['distances'] {
  return seen.flatMap((a, index) =>
    seen.slice(index + 1).flatMap((b) => {
      const distance = cdfDistance(a.data, b.data)
      return distance === null
        ? []
        : [{ a: a.party, b: b.party, distance: { ...distance, edge: distance.edge * 1000 } }]
    }),
  )
}
