import { createHash } from 'node:crypto'
import type { SlicePreset } from '../engine/preset.ts'
import type { HostnameLabel } from '../configuration/options.ts'

/** The labels of a series in the order in which dcgm-exporter prints them. */
export type LabelList = readonly (readonly [name: string, value: string])[]

export interface IdentityOptions {
  readonly slice: SlicePreset
  readonly hostname: string
  readonly seed: number
  readonly hostnameLabel: HostnameLabel
}

/** The id that the driver gives to the first instance of each size. */
const FIRST_INSTANCE: Readonly<Record<string, string>> = {
  '1g': '7',
  '2g': '3',
  '3g': '1',
  '4g': '1',
  '7g': '0',
}
const POD: LabelList = [
  ['container', 'vllm'],
  ['namespace', 'vllm'],
  ['pod', 'vllm-0'],
]

/** The labels that identify the card and the instance of a page. */
export interface Identity {
  readonly card: LabelList
  /** `undefined` for a whole card, which has no instance. */
  readonly instance: LabelList | undefined
}

/** The identity of a card, which depends on host and seed only. The pod's labels are on the device that the pod uses. */
export function identityOf({ slice, hostname, seed, hostnameLabel }: IdentityOptions): Identity {
  const digits = createHash('sha256').update(`${hostname}\n${seed}`).digest('hex')
  const uuid = `GPU-${digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')}`
  const device: LabelList = [
    ['gpu', '0'],
    ['UUID', uuid],
    ['pci_bus_id', '00000000:1A:00.0'],
    ['device', 'nvidia0'],
    ['modelName', slice.card],
  ]
  const host: LabelList = [
    [hostnameLabel, hostname],
    ['DCGM_FI_DRIVER_VERSION', '550.90.07'],
  ]
  const { profile } = slice
  if (profile === undefined) return { card: [...device, ...host, ...POD], instance: undefined }
  const instance: LabelList = [
    ['GPU_I_PROFILE', profile],
    ['GPU_I_ID', FIRST_INSTANCE[profile.slice(0, 2)] ?? '0'],
  ]
  return { card: [...device, ...host], instance: [...device, ...instance, ...host, ...POD] }
}

/**
 * Energy that the card drew since it booted, in millijoules: it was idle for 10 to 30 days, depending on host and
 * seed.
 */
export function bootEnergyMj({
  slice,
  hostname,
  seed,
}: Pick<IdentityOptions, 'slice' | 'hostname' | 'seed'>): number {
  const days = 10 + (createHash('sha256').update(`${seed}\n${hostname}`).digest().readUInt16BE() % 21)
  return slice.whole.idleWatts * days * 86_400_000
}
