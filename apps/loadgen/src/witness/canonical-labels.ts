import type { Labels, Sample } from '@slicechat/metrics/reading'
import { FAMILIES, type Kind } from './families.ts'

/** Of the whole card, however many slices' lines repeat them. */
const OF_THE_CARD = new Set([
  'DCGM_FI_DEV_POWER_USAGE',
  'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION',
  'DCGM_FI_DEV_SM_CLOCK',
  'DCGM_FI_DEV_GPU_TEMP',
])
const CARD = new Set(['gpu', 'UUID', 'device', 'modelName', 'hostname'])
const WORKLOAD = ['namespace', 'pod', 'container'] as const

/**
 * How the labels of a page's samples are written in a witness, whoever collected them: those that tell series apart and
 * no others, in one order, `Hostname` as `hostname`. A Prometheus that overrides labels moves the workload of a GPU to
 * `exported_pod` and writes the exporter's own into `pod`; the workload's count.
 */
export class CanonicalLabels {
  readonly #kind: Kind
  /** On this page plain workload labels are the exporter's own. */
  readonly #moved: boolean

  constructor(kind: Kind, samples: Iterable<Sample>) {
    this.#kind = kind
    this.#moved = kind === 'dcgm' && some(samples, ({ labels }) => 'exported_pod' in labels)
  }

  of(name: string, labels: Labels): Record<string, string> {
    const own: Record<string, string> = {}
    const ofCard = OF_THE_CARD.has(name)
    for (const label of FAMILIES[this.#kind].labels) {
      if (ofCard && !CARD.has(label)) continue
      const value = this.#value(label, labels)
      // An empty label is no label: Prometheus cannot tell them apart.
      if (value !== undefined && value !== '') own[label] = value
    }
    return own
  }

  #value(label: string, labels: Labels): string | undefined {
    if (label === 'hostname') return labels['hostname'] ?? labels['Hostname']
    if (WORKLOAD.some((name) => name === label))
      return this.#moved ? labels[`exported_${label}`] : (labels[label] ?? labels[`exported_${label}`])
    return labels[label]
  }
}

function some<T>(items: Iterable<T>, holds: (item: T) => boolean): boolean {
  for (const item of items) if (holds(item)) return true
  return false
}
