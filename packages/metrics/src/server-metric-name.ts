import type { CHAT_METRICS } from './catalogue.ts'
import type { DcgmMetricName, VllmMetricName } from './engine-metrics.ts'

/** Every metric that the report reads of API, vLLM and GPU: a name with a slip does not compile. */
export type ServerMetricName =
  | (typeof CHAT_METRICS)[keyof typeof CHAT_METRICS]['name']
  | VllmMetricName
  | DcgmMetricName
  | ProcessMetricName
/** Metrics of a process, which API and vLLM export under the same names. */
type ProcessMetricName =
  'process_cpu_seconds_total' | 'process_resident_memory_bytes' | 'nodejs_eventloop_lag_p99_seconds'
