/** Memory of a card or slice as DCGM shows it, whole MiB. */
export interface Framebuffer {
  readonly used: number
  readonly free: number
  /** The driver's own, beside the other two. */
  readonly reserved: number
}

const MIB = 2 ** 20
/** The recorded A100 of 40 GB keeps 425 MiB of 40,960 (1.0%), the L40S 608 of 46,067 (1.3%). */
const RESERVED_SHARE = 0.012

/** `memoryBytes` are those that programs can have; `usedBytes` beyond them are cut to them. */
export function framebufferOf(memoryBytes: number, usedBytes: number): Framebuffer {
  const total = Math.floor(memoryBytes / MIB)
  const used = Math.min(total, Math.ceil(usedBytes / MIB))
  return { used, free: total - used, reserved: Math.round(total * RESERVED_SHARE) }
}
