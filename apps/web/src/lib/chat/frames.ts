/**
 * Schedules the next drawing; passed in, so that tests decide when it happens. Returns the function that cancels it.
 */
export type FrameScheduler = (draw: () => void) => () => void

const HIDDEN_EVERY_MS = 250

/**
 * Draws with the browser's next frame. A hidden page has no frames, so a timer draws there to keep text from piling up.
 */
export const browserFrames: FrameScheduler = (draw) => {
  if (document.hidden) {
    const timer = setTimeout(draw, HIDDEN_EVERY_MS)
    return () => clearTimeout(timer)
  }
  const frame = requestAnimationFrame(draw)
  return () => cancelAnimationFrame(frame)
}

/** Calls `draw` once a frame at most, however often it is requested. */
export class FramePacer {
  readonly #draw: () => void
  readonly #schedule: FrameScheduler
  #cancel: (() => void) | undefined

  constructor(draw: () => void, schedule: FrameScheduler) {
    this.#draw = draw
    this.#schedule = schedule
  }

  request(): void {
    this.#cancel ??= this.#schedule(() => {
      this.#cancel = undefined
      this.#draw()
    })
  }

  /** Draws a requested frame now instead of with the next frame. */
  flush(): void {
    if (!this.#cancel) return
    this.#cancel()
    this.#cancel = undefined
    this.#draw()
  }
}
