import type { DCGM_METRICS, MetricNameOf } from '@slicechat/metrics/reading'
import { clocksOf, type Utilization, type Clocks } from './card.ts'
import type { Framebuffer } from './framebuffer.ts'
import type { Sample } from './sampler.ts'

/** Everything that the page shows at one time. */
export interface Reading {
  readonly cardName: string
  readonly sample: Sample
  readonly card: Framebuffer
  readonly slice: Framebuffer
}

/** The fields of the page: those that the report reads, and those that only dcgm-exporter's page has. */
type Gauge =
  | MetricNameOf<typeof DCGM_METRICS, 'gauge'>
  | `DCGM_FI_PROF_PCIE_${'RX' | 'TX'}_BYTES`
  | 'DCGM_FI_DEV_MEM_CLOCK'
  | 'DCGM_FI_DEV_MEM_COPY_UTIL'
  | 'DCGM_FI_DEV_MEMORY_TEMP'
  | 'DCGM_FI_DEV_VGPU_LICENSE_STATUS'
  | 'DCGM_FI_DEV_XID_ERRORS'
type Counter =
  | MetricNameOf<typeof DCGM_METRICS, 'counter'>
  | 'DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL'
  | 'DCGM_FI_DEV_PCIE_REPLAY_COUNTER'

/** One field of dcgm-exporter: its description and its values. */
export interface Field {
  readonly name: Gauge | Counter
  readonly type: 'gauge' | 'counter'
  readonly help: string
  /** Digits after the decimal point; DCGM's integers have none. */
  readonly digits: 0 | 6
  readonly card: (reading: Reading) => number
  /** The value of the MIG instance; without it the field exists for cards only. */
  readonly instance?: (reading: Reading) => number
  /** Whether DCGM lacks the field on a card with MIG instances. */
  readonly absentOnMig?: true
}

type Value = Field['card']
const constant =
  (value: number): Value =>
  () =>
    value

const gauge = (name: Gauge, help: string, card: Value, digits: Field['digits'] = 0): Field => ({
  name,
  type: 'gauge',
  help,
  digits,
  card,
})

const counter = (name: Counter, help: string, card: Value): Field => ({
  name,
  type: 'counter',
  help,
  digits: 0,
  card,
})

const clock = (name: Gauge, help: string, part: keyof Clocks): Field =>
  gauge(name, help, ({ sample, cardName }) => clocksOf(cardName, sample.card)[part])

const utilization = (name: Gauge, help: string, part: keyof Utilization): Field => ({
  ...gauge(name, help, ({ sample }) => Math.round(sample.card[part] * 100)),
  absentOnMig: true,
})

const framebuffer = (name: Gauge, part: keyof Framebuffer): Field => ({
  ...gauge(name, `Framebuffer memory ${part} (in MiB).`, ({ card }) => card[part]),
  instance: ({ slice }) => slice[part],
})

const activity = (name: Gauge, help: string, part: keyof Utilization): Field => ({
  ...gauge(name, help, ({ sample }) => sample.card[part], 6),
  instance: ({ sample }) => sample.slice[part],
})

const pcie = (name: Gauge, direction: string, bytesPerSecond: number): Field =>
  gauge(
    name,
    `The rate of data ${direction} over the PCIe bus - including both protocol headers and data payloads - in bytes per second.`,
    constant(bytesPerSecond),
  )

/** The fields of the recorded pages, in their order. PCIe traffic is not simulated; it is that of an idle card. */
export const fields: readonly Field[] = [
  clock('DCGM_FI_DEV_SM_CLOCK', 'SM clock frequency (in MHz).', 'sm'),
  clock('DCGM_FI_DEV_MEM_CLOCK', 'Memory clock frequency (in MHz).', 'memory'),
  gauge('DCGM_FI_DEV_MEMORY_TEMP', 'Memory temperature (in C).', ({ sample }) =>
    Math.round(sample.memoryCelsius),
  ),
  gauge('DCGM_FI_DEV_GPU_TEMP', 'GPU temperature (in C).', ({ sample }) => Math.round(sample.gpuCelsius)),
  gauge('DCGM_FI_DEV_POWER_USAGE', 'Power draw (in W).', ({ sample }) => sample.watts, 6),
  counter(
    'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION',
    'Total energy consumption since boot (in mJ).',
    ({ sample }) => sample.energyMj,
  ),
  counter('DCGM_FI_DEV_PCIE_REPLAY_COUNTER', 'Total number of PCIe retries.', constant(0)),
  utilization('DCGM_FI_DEV_GPU_UTIL', 'GPU utilization (in %).', 'engine'),
  utilization('DCGM_FI_DEV_MEM_COPY_UTIL', 'Memory utilization (in %).', 'dram'),
  {
    ...gauge('DCGM_FI_DEV_XID_ERRORS', 'Value of the last XID error encountered.', constant(0)),
    instance: constant(0),
  },
  framebuffer('DCGM_FI_DEV_FB_FREE', 'free'),
  framebuffer('DCGM_FI_DEV_FB_USED', 'used'),
  framebuffer('DCGM_FI_DEV_FB_RESERVED', 'reserved'),
  counter(
    'DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL',
    'Total number of NVLink bandwidth counters for all lanes',
    constant(0),
  ),
  gauge('DCGM_FI_DEV_VGPU_LICENSE_STATUS', 'vGPU License status', constant(0)),
  activity('DCGM_FI_PROF_GR_ENGINE_ACTIVE', 'Ratio of time the graphics engine is active.', 'engine'),
  activity('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', 'Ratio of cycles the tensor (HMMA) pipe is active.', 'tensor'),
  activity(
    'DCGM_FI_PROF_DRAM_ACTIVE',
    'Ratio of cycles the device memory interface is active sending or receiving data.',
    'dram',
  ),
  pcie('DCGM_FI_PROF_PCIE_TX_BYTES', 'transmitted', 175_084),
  pcie('DCGM_FI_PROF_PCIE_RX_BYTES', 'received', 19_831),
]
