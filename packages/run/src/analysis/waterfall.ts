import { isThroughApi } from '../schema/through-api.ts'
import type { HistogramData, ServerMetricName } from '@slicechat/metrics/reading'
import { CHAT_METRICS, histogramMean } from '@slicechat/metrics/reading'
import { LatencyHistogram } from '../histogram/latency-histogram.ts'
import type { Run } from '../schema/run.ts'
import { ServerMetrics } from '../server-metrics/server-metrics.ts'

/** A part of the mean time to first token. */
export interface Stage {
  readonly key:
    | 'transport'
    | 'admission'
    | 'api'
    | 'tunnel'
    | 'engineQueue'
    | 'prefill'
    | 'engineRest'
    | 'upstream'
    | 'whole'
  readonly title: string
  /**
   * Milliseconds; negative if the two means between which it lies are of different requests or clocks. Never clamped.
   */
  readonly ms: number
  /** The metrics it comes from. */
  readonly source: string
  /** The number of requests in each of those means. */
  readonly counts: readonly number[]
  /** What a reader has to know about it: means of different requests, or a remainder below zero. */
  readonly note: string | null
}

/** Where the time to first token goes: the stages add up to `totalMs`, the client's mean. */
export interface Waterfall {
  readonly totalMs: number
  readonly stages: readonly Stage[]
}

/** A mean in milliseconds, and the number of requests in it. */
interface Mean {
  readonly ms: number
  readonly count: number
  readonly name: string
}

/**
 * Splits the client's mean TTFT by the means of the others. Means (sum over count) add up exactly, which
 * quantiles do not. The client's mean is true to 0.1%, the resolution of its histogram.
 * @returns `null` if no first token came
 */
export function waterfallOf(run: Run): Waterfall | null {
  const ttft = LatencyHistogram.decode(run.whole.latencies.ttft)
  if (ttft.mean === null) return null
  const client: Mean = { ms: ttft.mean, count: ttft.count, name: 'TTFT of the client' }
  const api = new ServerMetrics(run, 'api')
  const engine = new ServerMetrics(run, 'vllm')
  const accepted = meanOf(api, [CHAT_METRICS.firstToken.name])
  const waited = meanOf(api, [CHAT_METRICS.queueWait.name])
  const upstream = meanOf(api, [CHAT_METRICS.upstreamFirstToken.name])
  const first = meanOf(engine, ['vllm:time_to_first_token_seconds'])
  const throughApi = isThroughApi(run) && accepted !== null
  const stages: Stage[] = []
  if (throughApi) {
    stages.push(between('transport', 'Client, web and API: the way there and back', client, accepted))
    if (waited) stages.push(within('admission', 'Queue of the API', waited))
    if (upstream) {
      const own = waited ? [upstream, waited] : [upstream]
      stages.push(between('api', 'Work of the API before it asks the engine', accepted, ...own))
    }
  }
  const asked = throughApi ? upstream : client
  if (asked && first) {
    const title = throughApi ? 'API to engine: tunnel and HTTP' : 'Client to engine: network and HTTP'
    stages.push(between('tunnel', title, asked, first), ...engineStages(engine, first))
  } else if (asked && throughApi) stages.push(within('upstream', 'Engine, and the way to it', asked))
  else if (throughApi) {
    const rest = waited ? [waited] : []
    stages.push(between('api', 'API and engine', accepted, ...rest))
  } else stages.push(within('whole', 'Server, and the way to it', client))
  return { totalMs: client.ms, stages }
}

function engineStages(engine: ServerMetrics, first: Mean): Stage[] {
  const queue = meanOf(engine, ['vllm:request_queue_time_seconds'])
  const prefill = meanOf(engine, ['vllm:request_prefill_time_seconds'])
  const known = [queue, prefill].filter((mean) => mean !== null)
  return [
    ...(queue ? [within('engineQueue', 'Queue of the engine', queue)] : []),
    ...(prefill ? [within('prefill', 'Prefill', prefill)] : []),
    between('engineRest', known.length > 0 ? 'Rest of the engine' : 'Engine', first, ...known),
  ]
}

function meanOf(testimony: ServerMetrics, names: readonly ServerMetricName[]): Mean | null {
  const histogram: HistogramData | null = testimony.histogram(names)
  const mean = histogram && histogramMean(histogram)
  if (!histogram || mean === null || !Number.isFinite(mean)) return null
  return { ms: mean * 1000, count: histogram.count, name: names[0] ?? '' }
}

function within(key: Stage['key'], title: string, mean: Mean): Stage {
  return { key, title, ms: mean.ms, source: mean.name, counts: [mean.count], note: null }
}

function between(key: Stage['key'], title: string, outer: Mean, ...inner: readonly Mean[]): Stage {
  // Rounded to a nanosecond: anything smaller is the rounding error of the subtraction.
  const ms = Math.round(inner.reduce((rest, mean) => rest - mean.ms, outer.ms) * 1e6) / 1e6
  const means = [outer, ...inner]
  const counts = means.map(({ count }) => count)
  const alike = new Set(counts).size === 1
  const negative = ms < 0 ? 'Below zero: ' : ''
  return {
    key,
    title,
    ms,
    source: means.map(({ name }) => name).join(' − '),
    counts,
    note: alike
      ? ms < 0
        ? 'Below zero: the clocks of the two begin at different moments.'
        : null
      : `${negative}${negative === '' ? 'Means' : 'means'} of different requests: ${counts.join(', ')}.`,
  }
}
