/** Memory of a card or slice as DCGM shows it, whole MiB; the three add up to all of it. */
export interface Framebuffer {
  readonly used: number
  readonly free: number
  readonly reserved: number
}

const MIB = 2 ** 20
/** What the driver keeps for itself: an A100 of 40 GB was recorded with 425 MiB, an L40S of 45 GB with 608. */
const RESERVED_SHARE = 0.01

/** `usedBytes` beyond what there is are cut to it. */
export function framebufferOf(memoryBytes: number, usedBytes: number): Framebuffer {
  const total = Math.floor(memoryBytes / MIB)
  const reserved = Math.round(total * RESERVED_SHARE)
  const used = Math.min(total - reserved, Math.ceil(usedBytes / MIB))
  return { used, free: total - used - reserved, reserved }
}
