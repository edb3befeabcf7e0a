/** The part of this package that also runs in a browser: everything except the registry. */
export {
  CHAT_METRICS,
  type MetricDefinition,
  OTHER_MODEL,
  REQUEST_STATUSES,
} from './chat-metric-definitions.ts'
export { cdfDistance, type CdfDistance, shares } from './cdf-distance.ts'
export { counterDeltas, histogramDelta, histogramDeltas } from './page-difference.ts'
export {
  E2E_EDGES,
  FIRST_TOKEN_EDGES,
  INTER_TOKEN_EDGES,
  oneTwoFiveUpTo,
  TOKEN_EDGES,
  VLLM_EDGES,
} from './buckets.ts'
export {
  DCGM_METRICS,
  type DcgmMetricName,
  type GaugeKind,
  type MetricNameOf,
  metricNames,
  olderNames,
  VLLM_METRICS,
  type VllmMetricName,
} from './engine-metrics.ts'
export { Exposition, type Family, type Labels, type Sample } from './exposition.ts'
export { mergeHistograms, rebucket, sharedEdges } from './histogram-merge.ts'
export { histogramOf, histogramsOf } from './histogram-series.ts'
export { bucketSamples, type HistogramData, histogramMean } from './histogram.ts'
export { parseExposition } from './parser.ts'
export { type Interval, quantileInterval, shareWithin } from './quantile-interval.ts'
export { labelsKey, labelsWithout, type Series } from './series.ts'
export { GAUGES, type ServerMetricName } from './metric-names.ts'
export { believable, StreamMeter, type Timings } from './stream-meter.ts'
