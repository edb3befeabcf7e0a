import {
  CHAT_METRICS,
  DCGM_METRICS,
  GAUGES,
  metricNames,
  olderNames,
  VLLM_METRICS,
  type VllmMetricName,
} from '@slicechat/metrics/reading'
import type { Witness } from '@slicechat/run'

/** A kind of metrics page, by who serves it. */
export type Kind = Witness['kind']

/** The metrics that the report reads of one kind of page; it ignores all others. */
export interface Families {
  /** Its name in messages. */
  readonly title: string
  /** Regular expression: a page with a line that begins with it (help lines count) is of this kind. */
  readonly mark: string
  /** Milliseconds between two scrapes by default: sampling a GPU often costs it speed. */
  readonly intervalMs: number
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

/** The metrics that are read of each kind of page. */
export const FAMILIES: Readonly<Record<Kind, Families>> = {
  api: {
    title: 'a Slicechat API',
    mark: CHAT_METRICS.requests.name,
    intervalMs: 1000,
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
    intervalMs: 1000,
    counters: [...metricNames(VLLM_METRICS, 'counter'), 'process_cpu_seconds_total'],
    gauges: Object.keys(GAUGES.vllm),
    histograms: metricNames(VLLM_METRICS, 'histogram'),
    labels: ['model_name', 'engine', 'finished_reason', 'reason', 'source'],
    older: olderNames(VLLM_METRICS),
    busy: ['vllm:num_requests_running', 'vllm:num_requests_waiting'] satisfies VllmMetricName[],
  },
  dcgm: {
    title: 'a DCGM exporter',
    mark: '(?:DCGM_FI|dcgm)_',
    intervalMs: 5000,
    counters: metricNames(DCGM_METRICS, 'counter'),
    gauges: Object.keys(GAUGES.dcgm),
    histograms: [],
    labels: [
      ...['gpu', 'UUID', 'device', 'modelName', 'GPU_I_PROFILE', 'GPU_I_ID'],
      ...['hostname', 'namespace', 'pod', 'container'],
    ],
    older: olderNames(DCGM_METRICS),
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
