import { type DcgmMetricName, type Labels, labelsKey, type Sample } from '@slicechat/metrics/reading'
import { deviceLabels, deviceOf } from './dcgm-values.ts'
import { FAMILIES, type Kind } from '../families.ts'

/** Metrics of the whole card, even if an exporter repeats them for every slice. */
const OF_THE_CARD: ReadonlySet<string> = new Set<DcgmMetricName>([
  'DCGM_FI_DEV_POWER_USAGE',
  'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION',
  'DCGM_FI_DEV_SM_CLOCK',
  'DCGM_FI_DEV_GPU_TEMP',
])
const CARD = new Set(['gpu', 'UUID', 'device', 'modelName', 'hostname'])
const WORKLOAD = ['namespace', 'pod', 'container'] as const

/**
 * Spellings of a label by different exporters; the first that is present counts. Version 1 never names the
 * exporter's own pod.
 */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  UUID: ['UUID', 'uuid'],
  hostname: ['hostname', 'Hostname'],
  namespace: ['pod_namespace', 'namespace'],
  pod: ['pod_name', 'pod'],
  container: ['container_name', 'container'],
}

/**
 * Rewrites the labels of one process's samples as a witness stores them, whoever collected them: only the
 * labels that distinguish series, in one order and spelling. A Prometheus that overrides labels moves the
 * workload of a GPU to `exported_pod` and writes the exporter's own pod into `pod`; only the workload's counts.
 */
export class CanonicalLabels {
  readonly #kind: Kind
  /** Workload labels whose plain form is the exporter's own. They stay so when there is no workload any more. */
  readonly #moved = new Set<string>()

  constructor(kind: Kind) {
    this.#kind = kind
  }

  /** Has to see all samples of a page first. @returns workload labels that held the exporter's own values so far */
  see(samples: Iterable<Sample>): string[] {
    if (this.#kind !== 'dcgm') return []
    const before = new Set(this.#moved)
    for (const { labels } of samples)
      for (const name of WORKLOAD) if (`exported_${name}` in labels) this.#moved.add(name)
    return [...this.#moved].filter((name) => !before.has(name))
  }

  of(name: string, labels: Labels): Record<string, string> {
    const own: Record<string, string> = {}
    const ofCard = OF_THE_CARD.has(name)
    for (const label of FAMILIES[this.#kind].labels) {
      if (ofCard && !CARD.has(label)) continue
      const value = this.#value(label, labels)
      // To Prometheus an empty label is the same as none.
      if (value !== undefined && value !== '') own[label] = value
    }
    if (this.#kind !== 'dcgm' || own['UUID'] === undefined) return own
    const { uuid, instance } = deviceOf(own['UUID'], own['GPU_I_ID'])
    return { ...own, UUID: uuid, ...(instance === undefined || ofCard ? {} : { GPU_I_ID: instance }) }
  }

  /** The same for all samples of a series. For a GPU only the device counts: its pods come and go. */
  key(name: string, own: Labels): string {
    return name + labelsKey(this.#kind === 'dcgm' ? deviceLabels(own) : own)
  }

  #value(label: string, labels: Labels): string | undefined {
    if (this.#moved.has(label)) return labels[`exported_${label}`]
    for (const spelling of SPELLINGS[label] ?? [label]) {
      const value = labels[spelling]
      if (value !== undefined) return value
    }
    return undefined
  }
}
