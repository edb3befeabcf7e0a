/** Memory of a card or slice as DCGM shows it, in whole MiB. */
export interface Framebuffer {
  readonly used: number
  readonly free: number
  /** Memory of the driver, in addition to `used` and `free`. */
  readonly reserved: number
}

const MIB = 2 ** 20
/**
 * Share that the driver reserves. The recorded A100 of 40 GB has 425 MiB of 40,960 (1.0%), the L40S 608 of 46,067
 * (1.3%).
 */
const RESERVED_SHARE = 0.012

/** @param memoryBytes memory that programs can use; `usedBytes` is limited to it */
export function framebufferOf(memoryBytes: number, usedBytes: number): Framebuffer {
  const total = Math.floor(memoryBytes / MIB)
  const used = Math.min(total, Math.ceil(usedBytes / MIB))
  return { used, free: total - used, reserved: Math.round(total * RESERVED_SHARE) }
}
