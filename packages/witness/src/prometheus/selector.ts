import { CHAT_METRICS, DCGM_METRICS, type VllmMetricName } from '@slicechat/metrics/reading'
import {
  FAMILIES,
  histogramSampleNames,
  type Kind,
  PROCESS_START,
  SIMULATOR_INFO,
  valueNames,
} from '../families.ts'

/** Fields of which every exporter has at least one, whatever the card. */
const PRESENT_FIELDS = [
  'DCGM_FI_DEV_FB_USED',
  'DCGM_FI_DEV_POWER_USAGE',
  'DCGM_FI_PROF_GR_ENGINE_ACTIVE',
  'DCGM_FI_DEV_GPU_UTIL',
] as const

/** Metrics of which every process of the kind has at least one, even before its first request. */
const PRESENCE: Readonly<Record<Kind, readonly string[]>> = {
  api: [CHAT_METRICS.active.name],
  vllm: ['vllm:num_requests_running' satisfies VllmMetricName],
  dcgm: [...PRESENT_FIELDS, ...PRESENT_FIELDS.flatMap((name) => DCGM_METRICS[name].older)],
}

/** Metrics that every program has; they are selected by address. */
const OF_ANY_PROCESS = /^process_|^nodejs_/

const selector = (names: readonly string[], matchers: readonly string[]): string =>
  `{${[`__name__=~"${names.join('|')}"`, ...matchers].join(',')}}`

/** Selects metrics of which every process of a kind has at least one. */
export const presence = (kind: Kind, match: readonly string[]): string => selector(PRESENCE[kind], match)

/** Selects everything that the report reads of a kind, except what every program has. */
export function families(kind: Kind, match: readonly string[]): string {
  const all = [...valueNames(FAMILIES[kind]), ...histogramSampleNames(FAMILIES[kind])]
  return selector(
    all.filter((name) => !OF_ANY_PROCESS.test(name)),
    match,
  )
}

/** Selects what is read of the processes at these addresses. */
export function processes(kind: Kind, match: readonly string[], addresses: readonly string[]): string {
  const own = valueNames(FAMILIES[kind]).filter((name) => OF_ANY_PROCESS.test(name))
  const instances = addresses
    .map((address) => quoted(address.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')))
    .join('|')
  return selector([...own, PROCESS_START, SIMULATOR_INFO], [...match, `instance=~"${instances}"`])
}

/** Escapes a text for a string in PromQL. */
const quoted = (text: string): string => text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')
