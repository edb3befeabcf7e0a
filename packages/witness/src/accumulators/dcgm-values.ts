import type { Labels } from '@slicechat/metrics/reading'

/**
 * Values that DCGM gives where it has none, and that some exporters print: blank, not found, not supported,
 * not permitted (`dcgm_structs.h`). As 64-bit integers they are all the double 2^63.
 */
const FIRST_BLANKS = [0x7ffffff0, 2 ** 47] as const
const INT64_BLANK = 2 ** 63

/** Highest possible values, apart from rounding; GPU_UTIL is known to be in the thousands at times. */
const HIGHEST: Readonly<Record<string, number>> = {
  DCGM_FI_PROF_GR_ENGINE_ACTIVE: 1,
  DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: 1,
  DCGM_FI_PROF_DRAM_ACTIVE: 1,
  DCGM_FI_DEV_GPU_UTIL: 100,
}
const ROUNDING = 1.05

/** Whether the value of a DCGM field is a measurement. */
export function isDcgmValue(name: string, value: number): boolean {
  if (!Number.isFinite(value) || value < 0 || value >= INT64_BLANK) return false
  if (FIRST_BLANKS.some((first) => value >= first && value <= first + 3)) return false
  return value <= (HIGHEST[name] ?? Number.POSITIVE_INFINITY) * ROUNDING
}

/**
 * The card and the instance on it. Drivers before 470 named a MIG device
 * `MIG-GPU-<card>/<instance>/<compute instance>`; later ones give it a UUID of its own, which does not name the card.
 */
export function deviceOf(uuid: string, instance: string | undefined): { uuid: string; instance?: string } {
  const [, card, own] = /^MIG-(GPU-[^/]+)\/(\d+)\/\d+$/.exec(uuid) ?? []
  const id = instance ?? own
  return { uuid: card ?? uuid, ...(id === undefined ? {} : { instance: id }) }
}

/** The labels that identify a slice or a card; the others that an exporter gives may come and go. */
export function deviceLabels(labels: Labels): Labels {
  const { UUID = '', GPU_I_ID = '', gpu = '', hostname = '' } = labels
  return UUID === '' ? { gpu, hostname, GPU_I_ID } : { UUID, GPU_I_ID }
}
