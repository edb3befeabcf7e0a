import { CHAT_METRICS } from '@slicechat/metrics/reading'
import type { Witness } from '../run/witness.ts'

/**
 * How a gauge of several engines, pods or cards becomes one. A `count` adds up: requests, bytes, watts. A
 * `share` is of something that each has for itself, as are a temperature, a clock and a delay. Of shares the
 * highest stands for all: two caches that are half full are not one full cache.
 */
export type GaugeKind = 'count' | 'share'

/** Every gauge that is read of a page, with its kind. */
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
  vllm: {
    'vllm:num_requests_running': 'count',
    'vllm:num_requests_waiting': 'count',
    'vllm:num_requests_waiting_by_reason': 'count',
    'vllm:kv_cache_usage_perc': 'share',
  },
  dcgm: {
    DCGM_FI_PROF_GR_ENGINE_ACTIVE: 'share',
    DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: 'share',
    DCGM_FI_PROF_DRAM_ACTIVE: 'share',
    /** In percent. */
    DCGM_FI_DEV_GPU_UTIL: 'share',
    DCGM_FI_DEV_FB_USED: 'count',
    DCGM_FI_DEV_FB_FREE: 'count',
    DCGM_FI_DEV_FB_RESERVED: 'count',
    DCGM_FI_DEV_POWER_USAGE: 'count',
    DCGM_FI_DEV_SM_CLOCK: 'share',
    DCGM_FI_DEV_GPU_TEMP: 'share',
  },
}
