import type { CDPSession, Page } from 'playwright-core'

/** Cost of showing an answer on the page. */
export interface PageCost {
  seconds: number
  framesPerS: number
  /**
   * Processor time of the page's main thread. Unlike all figures below, other programs on the machine do not change it.
   */
  cpuMsPerFrame: number
  /** Milliseconds. */
  longestTask: number
  tasksOver50ms: number
  scriptMsPerToken: number
  layoutMsPerToken: number
}

interface Recorder {
  frames: number
  tasks: number[]
}
const recorder = 'globalThis.benchRecorder'

/** Counts frames and long tasks in the page, and reads the time that the browser spent on script and layout. */
export class PageMeter {
  readonly #page: Page
  readonly #session: CDPSession

  private constructor(page: Page, session: CDPSession) {
    this.#page = page
    this.#session = session
  }

  static async attach(page: Page): Promise<PageMeter> {
    const session = await page.context().newCDPSession(page)
    await session.send('Performance.enable')
    await page.evaluate(`(() => {
      const recorder = ${recorder} = { frames: 0, tasks: [] }
      const frame = () => { recorder.frames++; requestAnimationFrame(frame) }
      requestAnimationFrame(frame)
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) recorder.tasks.push(duration)
      }).observe({ type: 'longtask' })
    })()`)
    return new PageMeter(page, session)
  }

  /** @param rate factor by which the page's processor is slowed down: 4 makes it a quarter as fast */
  async throttle(rate: number): Promise<void> {
    await this.#session.send('Emulation.setCPUThrottlingRate', { rate })
  }

  async measure(tokens: number, work: () => Promise<void>): Promise<PageCost> {
    await this.#page.evaluate(`(${recorder}.frames = 0, ${recorder}.tasks = [])`)
    const [before, start] = [await this.#spent(), performance.now()]
    await work()
    const seconds = (performance.now() - start) / 1000
    const after = await this.#spent()
    const { frames, tasks } = await this.#page.evaluate<Recorder>(recorder)
    return {
      seconds: round(seconds),
      framesPerS: round(frames / seconds),
      cpuMsPerFrame: round(((after.cpu - before.cpu) * 1000) / Math.max(1, frames)),
      longestTask: Math.round(Math.max(0, ...tasks)),
      tasksOver50ms: tasks.length,
      scriptMsPerToken: round(((after.script - before.script) * 1000) / tokens, 3),
      layoutMsPerToken: round(((after.layout - before.layout) * 1000) / tokens, 3),
    }
  }

  /** Seconds since the page was loaded. */
  async #spent(): Promise<{ cpu: number; script: number; layout: number }> {
    const { metrics } = await this.#session.send('Performance.getMetrics')
    const value = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? 0
    return {
      cpu: value('ThreadTime'),
      script: value('ScriptDuration'),
      layout: value('LayoutDuration') + value('RecalcStyleDuration'),
    }
  }
}

const round = (value: number, digits = 1): number => Number(value.toFixed(digits))
