import {
  CHAT_METRICS,
  DCGM_METRICS,
  type GaugeKind,
  gaugeKinds,
  VLLM_METRICS,
} from '@slicechat/metrics/reading'
import type { Witness } from '../schema/witness.ts'

/** Every gauge that is read of a page, and how several become one. */
export const GAUGES: Readonly<Record<Witness['kind'], Readonly<Record<string, GaugeKind>>>> = {
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
