import { clocksOf, type Busyness, type Clocks } from './card.ts'
import type { Framebuffer } from './framebuffer.ts'
import type { Sample } from './sampler.ts'

/** Everything that the page shows at one time. */
export interface Reading {
  readonly cardName: string
  readonly sample: Sample
  readonly card: Framebuffer
  readonly slice: Framebuffer
}

/** One field of dcgm-exporter: its description and its values. */
export interface Field {
  readonly name: string
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

const whole = (name: string, help: string, card: Value, digits: Field['digits'] = 0): Field => ({
  name: `DCGM_FI_DEV_${name}`,
  type: 'gauge',
  help,
  digits,
  card,
})

const counter = (name: string, help: string, card: Value): Field => ({
  ...whole(name, help, card),
  type: 'counter',
})

const clock = (name: string, help: string, part: keyof Clocks): Field =>
  whole(name, help, ({ sample, cardName }) => clocksOf(cardName, sample.card)[part])

const utilisation = (name: string, help: string, part: keyof Busyness): Field => ({
  ...whole(name, help, ({ sample }) => Math.round(sample.card[part] * 100)),
  absentOnMig: true,
})

const framebuffer = (part: keyof Framebuffer): Field => ({
  ...whole(`FB_${part.toUpperCase()}`, `Framebuffer memory ${part} (in MiB).`, ({ card }) => card[part]),
  instance: ({ slice }) => slice[part],
})

const activity = (name: string, help: string, part: keyof Busyness): Field => ({
  name: `DCGM_FI_PROF_${name}`,
  type: 'gauge',
  help,
  digits: 6,
  card: ({ sample }) => sample.card[part],
  instance: ({ sample }) => sample.slice[part],
})

const pcie = (name: string, direction: string, bytesPerSecond: number): Field => ({
  name: `DCGM_FI_PROF_PCIE_${name}_BYTES`,
  type: 'gauge',
  help: `The rate of data ${direction} over the PCIe bus - including both protocol headers and data payloads - in bytes per second.`,
  digits: 0,
  card: constant(bytesPerSecond),
})

/** The fields of the recorded pages, in their order. PCIe traffic is not simulated; it is that of an idle card. */
export const FIELDS: readonly Field[] = [
  clock('SM_CLOCK', 'SM clock frequency (in MHz).', 'sm'),
  clock('MEM_CLOCK', 'Memory clock frequency (in MHz).', 'memory'),
  whole('MEMORY_TEMP', 'Memory temperature (in C).', ({ sample }) => Math.round(sample.memoryCelsius)),
  whole('GPU_TEMP', 'GPU temperature (in C).', ({ sample }) => Math.round(sample.gpuCelsius)),
  whole('POWER_USAGE', 'Power draw (in W).', ({ sample }) => sample.watts, 6),
  counter(
    'TOTAL_ENERGY_CONSUMPTION',
    'Total energy consumption since boot (in mJ).',
    ({ sample }) => sample.energyMj,
  ),
  counter('PCIE_REPLAY_COUNTER', 'Total number of PCIe retries.', constant(0)),
  utilisation('GPU_UTIL', 'GPU utilization (in %).', 'engine'),
  utilisation('MEM_COPY_UTIL', 'Memory utilization (in %).', 'dram'),
  {
    ...whole('XID_ERRORS', 'Value of the last XID error encountered.', constant(0)),
    instance: constant(0),
  },
  framebuffer('free'),
  framebuffer('used'),
  framebuffer('reserved'),
  counter('NVLINK_BANDWIDTH_TOTAL', 'Total number of NVLink bandwidth counters for all lanes', constant(0)),
  whole('VGPU_LICENSE_STATUS', 'vGPU License status', constant(0)),
  activity('GR_ENGINE_ACTIVE', 'Ratio of time the graphics engine is active.', 'engine'),
  activity('PIPE_TENSOR_ACTIVE', 'Ratio of cycles the tensor (HMMA) pipe is active.', 'tensor'),
  activity(
    'DRAM_ACTIVE',
    'Ratio of cycles the device memory interface is active sending or receiving data.',
    'dram',
  ),
  pcie('TX', 'transmitted', 175_084),
  pcie('RX', 'received', 19_831),
]
