import { CHAT_METRICS } from '@slicechat/metrics/reading'
import { GAUGES, type Witness } from '@slicechat/report'

export type Kind = Witness['kind']

/** The metrics that the report reads of one kind of page; it ignores all others. */
export interface Families {
  /** Its name in messages. */
  readonly title: string
  /** Regular expression: a page with a line that begins with it (help lines count) is of this kind. */
  readonly mark: string
  readonly counters: readonly string[]
  readonly gauges: readonly string[]
  readonly histograms: readonly string[]
  /** Labels that distinguish series; series that differ only in others are taken together. */
  readonly labels: readonly string[]
  /** Names in older builds → current names. If a page has both, the current ones count. */
  readonly older: Readonly<Record<string, string>>
  /** Gauges that are all 0 when nothing is under way. */
  readonly busy: readonly string[]
}

const chat = (type: string): string[] =>
  Object.values(CHAT_METRICS)
    .filter((metric) => metric.type === type)
    .map(({ name }) => name)

export const FAMILIES: Readonly<Record<Kind, Families>> = {
  api: {
    title: 'a Slicechat API',
    mark: CHAT_METRICS.requests.name,
    counters: [...chat('counter'), 'process_cpu_seconds_total'],
    gauges: Object.keys(GAUGES.api),
    histograms: chat('histogram'),
    labels: ['model', 'status', 'kind', 'code'],
    older: {},
    busy: [CHAT_METRICS.active.name, CHAT_METRICS.queued.name],
  },
  vllm: {
    title: 'vLLM',
    mark: 'vllm:',
    counters: [
      'vllm:prompt_tokens_total',
      'vllm:prompt_tokens_cached_total',
      'vllm:prompt_tokens_by_source_total',
      'vllm:generation_tokens_total',
      'vllm:prefix_cache_queries_total',
      'vllm:prefix_cache_hits_total',
      'vllm:num_preemptions_total',
      'vllm:request_success_total',
      'vllm:admission_rejections_total',
      'process_cpu_seconds_total',
    ],
    gauges: Object.keys(GAUGES.vllm),
    histograms: [
      'vllm:time_to_first_token_seconds',
      'vllm:inter_token_latency_seconds',
      'vllm:request_time_per_output_token_seconds',
      'vllm:e2e_request_latency_seconds',
      'vllm:request_queue_time_seconds',
      'vllm:request_inference_time_seconds',
      'vllm:request_prefill_time_seconds',
      'vllm:request_decode_time_seconds',
      'vllm:request_prompt_tokens',
      'vllm:request_generation_tokens',
      'vllm:iteration_tokens_total',
    ],
    labels: ['model_name', 'engine', 'finished_reason', 'reason', 'source'],
    older: {
      'vllm:time_per_output_token_seconds': 'vllm:inter_token_latency_seconds',
      'vllm:gpu_cache_usage_perc': 'vllm:kv_cache_usage_perc',
      'vllm:gpu_prefix_cache_queries_total': 'vllm:prefix_cache_queries_total',
      'vllm:gpu_prefix_cache_hits_total': 'vllm:prefix_cache_hits_total',
    },
    busy: ['vllm:num_requests_running', 'vllm:num_requests_waiting'],
  },
  dcgm: {
    title: 'a DCGM exporter',
    mark: '(?:DCGM_FI|dcgm)_',
    counters: ['DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION'],
    gauges: Object.keys(GAUGES.dcgm),
    histograms: [],
    labels: [
      ...['gpu', 'UUID', 'device', 'modelName', 'GPU_I_PROFILE', 'GPU_I_ID'],
      ...['hostname', 'namespace', 'pod', 'container'],
    ],
    older: {
      dcgm_fi_prof_gr_engine_active: 'DCGM_FI_PROF_GR_ENGINE_ACTIVE',
      dcgm_fi_prof_pipe_tensor_active: 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE',
      dcgm_fi_prof_dram_active: 'DCGM_FI_PROF_DRAM_ACTIVE',
      dcgm_gpu_utilization: 'DCGM_FI_DEV_GPU_UTIL',
      dcgm_fb_used: 'DCGM_FI_DEV_FB_USED',
      dcgm_fb_free: 'DCGM_FI_DEV_FB_FREE',
      dcgm_power_usage: 'DCGM_FI_DEV_POWER_USAGE',
      dcgm_total_energy_consumption: 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION',
      dcgm_sm_clock: 'DCGM_FI_DEV_SM_CLOCK',
      dcgm_gpu_temp: 'DCGM_FI_DEV_GPU_TEMP',
    },
    busy: [],
  },
}

/** Read in addition to the families: when the process began, and whether it says that it is a simulation. */
export const PROCESS_START = 'process_start_time_seconds'
export const SIMULATOR_INFO = 'simulator_info'

const HISTOGRAM_PARTS = ['_bucket', '_sum', '_count']

const withOlder = (names: readonly string[], older: Families['older']): string[] => [
  ...names,
  ...Object.keys(older).filter((name) => names.includes(older[name] ?? '')),
]

/** Names of the samples that are read of every page. */
export const valueNames = ({ counters, gauges, older }: Families): string[] =>
  withOlder([...counters, ...gauges], older)

/** Names of the histograms, older ones included. */
export const histogramNames = ({ histograms, older }: Families): string[] => withOlder(histograms, older)

/** Names of the histograms' samples. */
export const histogramSampleNames = (families: Families): string[] =>
  histogramNames(families).flatMap((name) => HISTOGRAM_PARTS.map((part) => name + part))

/** The kind of a page; `undefined` if it is none that the report reads. */
export function kindOf(page: string): Kind | undefined {
  return (['api', 'vllm', 'dcgm'] as const).find((kind) =>
    new RegExp(`^(?:# (?:HELP|TYPE) )?${FAMILIES[kind].mark}`, 'm').test(page),
  )
}
