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
  /** Workload labels whose plain form is the exporter's own on this page. */
  readonly #moved: ReadonlySet<string>

  constructor(kind: Kind, samples: Iterable<Sample>) {
    this.#kind = kind
    this.#moved = kind === 'dcgm' ? movedOf(samples) : new Set()
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
    return labels[this.#moved.has(label) ? `exported_${label}` : label]
  }
}

function movedOf(samples: Iterable<Sample>): Set<string> {
  const moved = new Set<string>()
  for (const { labels } of samples)
    for (const name of WORKLOAD) if (`exported_${name}` in labels) moved.add(name)
  return moved
}
