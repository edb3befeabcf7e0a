import { CHAT_METRICS } from './chat-metric-definitions.ts'
import {
  DCGM_METRICS,
  type DcgmMetricName,
  type GaugeKind,
  gaugeKinds,
  VLLM_METRICS,
  type VllmMetricName,
} from './engine-metrics.ts'

/** Every metric that the report reads of API, vLLM and GPU: a name with a slip does not compile. */
export type ServerMetricName =
  | (typeof CHAT_METRICS)[keyof typeof CHAT_METRICS]['name']
  | VllmMetricName
  | DcgmMetricName
  | ProcessMetricName

/** Metrics of a process, which API and vLLM export under the same names. */
type ProcessMetricName =
  'process_cpu_seconds_total' | 'process_resident_memory_bytes' | 'nodejs_eventloop_lag_p99_seconds'

/** Every gauge that is read of a page, and how several become one. */
export const GAUGES: Readonly<Record<'api' | 'vllm' | 'dcgm', Readonly<Record<string, GaugeKind>>>> = {
  api: {
    [CHAT_METRICS.active.name]: 'count',
    [CHAT_METRICS.queued.name]: 'count',
    [CHAT_METRICS.subscribers.name]: 'count',
    /** Added up: the number of the API's pods that reach their model server. */
    [CHAT_METRICS.upstreamUp.name]: 'count',
    process_resident_memory_bytes: 'count',
    nodejs_eventloop_lag_p99_seconds: 'share',
  },
  vllm: gaugeKinds(VLLM_METRICS),
  dcgm: gaugeKinds(DCGM_METRICS),
}
