/** When something is drawn next; passed in, so that tests decide. Returns how to call it off. */
export type FrameScheduler = (draw: () => void) => () => void

const HIDDEN_EVERY_MS = 250

/** The browser's frames; a hidden page has none, yet its text must not pile up. */
export const browserFrames: FrameScheduler = (draw) => {
  if (document.hidden) {
    const timer = setTimeout(draw, HIDDEN_EVERY_MS)
    return () => clearTimeout(timer)
  }
  const frame = requestAnimationFrame(draw)
  return () => cancelAnimationFrame(frame)
}

/** Calls `draw` once a frame at most, however often it is asked. */
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

  /** Draws now what was asked for, instead of with the next frame. */
  flush(): void {
    if (!this.#cancel) return
    this.#cancel()
    this.#cancel = undefined
    this.#draw()
  }
}
