import type { StepRecord } from '../engine/engine.ts'

/** The work of the GPU in one time window. */
export interface Work {
  readonly gpuMs: number
  /** Bytes read from and written to the memory of the card. */
  readonly bytes: number
  readonly flops: number
}

const NO_WORK: Work = { gpuMs: 0, bytes: 0, flops: 0 }

/**
 * Sums the work of steps in consecutive time windows of equal width. Window `n` is [`originMs` + (`n` − 1) · `widthMs`,
 * `originMs` + `n` · `widthMs`). A step counts for each window that it overlaps, in proportion to its time there. An
 * engine reports a step at its end, which may be late. So that no work is lost, work in a window that was already taken
 * counts for the first one that was not, and work beyond the peak of a window for the next one.
 */
export class Activity {
  readonly #originMs: number
  readonly #widthMs: number
  readonly #peak: Work
  readonly #windows = new Map<number, Work>()
  #lastTaken = -Infinity

  /** @param peaks the most bytes and FLOPs of the GPU per second */
  constructor(
    originMs: number,
    widthMs: number,
    peaks: { readonly bandwidth: number; readonly flops: number },
  ) {
    this.#originMs = originMs
    this.#widthMs = widthMs
    const seconds = widthMs / 1000
    this.#peak = { gpuMs: widthMs, bytes: peaks.bandwidth * seconds, flops: peaks.flops * seconds }
  }

  add({ startMs, endMs, gpuMs, readBytes, writtenBytes, flops }: StepRecord): void {
    const bytes = readBytes + writtenBytes
    if (gpuMs === 0 && bytes === 0 && flops === 0) return
    const work = { gpuMs, bytes, flops }
    const first = this.#windowAt(startMs)
    const last = this.#windowAt(endMs)
    if (first === last) return this.#addTo(first, work, 1)
    for (let window = first; window <= last; window++) {
      const borderMs = this.#originMs + window * this.#widthMs
      const ms = Math.min(endMs, borderMs) - Math.max(startMs, borderMs - this.#widthMs)
      this.#addTo(window, work, ms / (endMs - startMs))
    }
  }

  /** Returns the work of a window and removes it. Windows must be taken in ascending order. */
  take(window: number): Work {
    this.#lastTaken = window
    const work = this.#windows.get(window)
    if (work === undefined) return NO_WORK
    this.#windows.delete(window)
    const capped = {
      gpuMs: Math.min(work.gpuMs, this.#peak.gpuMs),
      bytes: Math.min(work.bytes, this.#peak.bytes),
      flops: Math.min(work.flops, this.#peak.flops),
    }
    const rest = {
      gpuMs: work.gpuMs - capped.gpuMs,
      bytes: work.bytes - capped.bytes,
      flops: work.flops - capped.flops,
    }
    if (rest.gpuMs > 0 || rest.bytes > 0 || rest.flops > 0) this.#addTo(window + 1, rest, 1)
    return capped
  }

  #windowAt(ms: number): number {
    return Math.floor((ms - this.#originMs) / this.#widthMs) + 1
  }

  #addTo(index: number, { gpuMs, bytes, flops }: Work, share: number): void {
    const window = Math.max(index, this.#lastTaken + 1)
    const sum = this.#windows.get(window) ?? NO_WORK
    this.#windows.set(window, {
      gpuMs: sum.gpuMs + gpuMs * share,
      bytes: sum.bytes + bytes * share,
      flops: sum.flops + flops * share,
    })
  }
}
