import type { DcgmMetricName } from '@slicechat/metrics/reading'
import type { Run } from '../../schema/run.ts'
import type { Points } from '../../server-metrics/steps.ts'
import { ServerMetrics } from '../../server-metrics/server-metrics.ts'

/**
 * What DCGM reported of one MIG slice, or of a card without slices. Keyed by (`UUID`, `GPU_I_ID`), never by `gpu`.
 */
export interface SliceSeries {
  readonly key: { readonly uuid: string; readonly instance: string | null }
  /** Such as `2g.10gb`; `null` for a whole card. */
  readonly profile: string | null
  readonly model: string | null
  readonly host: string | null
  /** The workload on it, as Kubernetes names it; `null` if the exporter does not say. */
  readonly workload: {
    readonly namespace: string | null
    readonly pod: string | null
    readonly container: string | null
  } | null
  /** Shares of the slice from 0 to 1, over time; empty if the exporter has no such field. */
  readonly engine: Points
  readonly tensor: Points
  readonly dram: Points
  /** Share of the time in which any kernel ran (GPU_UTIL), from 0 to 1; of whole cards only. */
  readonly utilization: Points
  /** MiB. */
  readonly memoryUsed: Points
  /** Watts of the whole card: no exporter reports a slice's. */
  readonly power: Points
  /** Joules that the whole card used in the window; `null` if unknown. */
  readonly cardJoules: number | null
}

const FIELDS = {
  engine: 'DCGM_FI_PROF_GR_ENGINE_ACTIVE',
  tensor: 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE',
  dram: 'DCGM_FI_PROF_DRAM_ACTIVE',
  utilization: 'DCGM_FI_DEV_GPU_UTIL',
  memoryUsed: 'DCGM_FI_DEV_FB_USED',
  power: 'DCGM_FI_DEV_POWER_USAGE',
} as const satisfies Record<string, DcgmMetricName>
const ENERGY = 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION' satisfies DcgmMetricName

type Labels = Readonly<Record<string, string>>

const instanceOf = (labels: Labels): string | null => {
  const instance = labels['GPU_I_ID'] ?? ''
  return instance === '' ? null : instance
}

/** Behind a ServiceMonitor the workload's labels have a prefix, and the plain ones are the exporter's own. */
function workloadOf(labels: Labels): SliceSeries['workload'] {
  const prefixed = ['namespace', 'pod', 'container'].some((name) => `exported_${name}` in labels)
  const of = (name: string): string | null => {
    const value = labels[prefixed ? `exported_${name}` : name] ?? ''
    return value === '' ? null : value
  }
  const workload = { namespace: of('namespace'), pod: of('pod'), container: of('container') }
  return Object.values(workload).some((value) => value !== null) ? workload : null
}

/**
 * Every slice of every card. A card that is cut into slices is not listed beside its slices; each slice has
 * the card's power and energy. What is reported of a slice while pods come and go, or by one exporter after
 * another, is one series.
 */
export function slicesOf(run: Run): SliceSeries[] {
  const { witnesses } = new ServerMetrics(run, 'dcgm')
  const names = new Set<string>(Object.values(FIELDS))
  const uses = witnesses
    .flatMap((witness) => witness.over)
    .filter(({ name, labels }) => names.has(name) && cardOf(labels) !== '')
  const growth = witnesses.flatMap((witness) => witness.growth).filter(({ name }) => name === ENERGY)
  const cards = Map.groupBy(uses, ({ labels }) => cardOf(labels))
  return [...cards].flatMap(([uuid, ofCard]) => {
    const energy = growth.filter(({ labels }) => cardOf(labels) === uuid).map(({ delta }) => delta / 1000)
    const cardJoules = energy.length === 0 ? null : Math.max(...energy)
    const power = ofCard.filter(({ name }) => name === FIELDS.power)
    const ownPower = power.filter(({ labels }) => instanceOf(labels) === null)
    const slices = Map.groupBy(ofCard, ({ labels }) => instanceOf(labels))
    if (slices.size > 1) slices.delete(null)
    return [...slices].map(([instance, series]) => {
      const points = (name: string): Points => joined(series.filter((one) => one.name === name))
      const all: Labels = Object.assign({}, ...series.map(({ labels }) => labels)) as Labels
      return {
        key: { uuid, instance },
        profile: all['GPU_I_PROFILE'] ?? null,
        model: all['modelName'] ?? null,
        host: all['Hostname'] ?? all['hostname'] ?? null,
        workload: workloadOf(all),
        engine: points(FIELDS.engine),
        tensor: points(FIELDS.tensor),
        dram: points(FIELDS.dram),
        // On a card that is cut into slices it is 0, whatever they do.
        utilization:
          instance === null
            ? points(FIELDS.utilization).map(([ms, percent]) => [ms, percent / 100] as const)
            : [],
        memoryUsed: points(FIELDS.memoryUsed),
        power: joined(ownPower.length > 0 ? ownPower : power),
        cardJoules,
      }
    })
  })
}

/** A slice's name for people: card, profile, instance, host and what runs on it. */
export function sliceName({ key, model, profile, host, workload }: SliceSeries): string {
  const place = [host, workload?.pod ?? null].filter((part) => part !== null).join(', ')
  return [
    model ?? key.uuid,
    profile,
    key.instance === null ? null : `instance ${key.instance}`,
    place === '' ? null : `(${place})`,
  ]
    .filter((part) => part !== null)
    .join(' ')
}

/** Identifies a card. Exporters without UUIDs number the cards of a host. */
function cardOf(labels: Labels): string {
  const { UUID = '', gpu = '' } = labels
  if (UUID !== '' || gpu === '') return UUID
  return [labels['hostname'] ?? labels['Hostname'], `GPU ${gpu}`].filter(Boolean).join(' ')
}

/** Joins series; of several values at the same moment, the highest counts. */
function joined(series: readonly { readonly points: Points }[]): Points {
  const byTime = new Map<number, number>()
  for (const [ms, value] of series.flatMap(({ points }) => points))
    byTime.set(ms, Math.max(byTime.get(ms) ?? value, value))
  return [...byTime].sort(([a], [b]) => a - b)
}
