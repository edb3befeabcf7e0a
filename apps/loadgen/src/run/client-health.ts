import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import type { LatencyHistogram, Self } from '@slicechat/run'

/** Limits beyond which the load tester's own lateness shows in what it measures. */
const SATURATION_LIMITS = {
  /** p99 of the event loop's delay. */
  eventLoopDelayMs: 20,
  /**
   * Longest single delay. It is one sample and hidden from any p99, yet all that arrives meanwhile is
   * measured too late.
   */
  standstillMs: 1_000,
  /** p99 from intended to actual start. */
  startDelayMs: 25,
  /** Share of a second in which the thread was busy, and for how many successive seconds. */
  threadCpu: { share: 0.95, seconds: 3 },
} as const

/** Period of the timer that measures the delay; the reported delay includes it. */
const RESOLUTION_MS = 10
const SECOND_US = 1_000_000

/** Watches one thread of the load tester: event loop, garbage collection, CPU. */
export class ClientHealthMeter {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  readonly #gc = { count: 0, totalMs: 0, maxMs: 0 }
  readonly #observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      this.#gc.count++
      this.#gc.totalMs += duration
      this.#gc.maxMs = Math.max(this.#gc.maxMs, duration)
    }
  })
  readonly #startedAt = performance.now()
  readonly #cpuAtStart = process.threadCpuUsage()
  #last = { at: performance.now(), us: 0 }
  #busySeconds = 0
  #longestBusySeconds = 0
  #peakRss = 0

  constructor() {
    this.#delay.enable()
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  /** Call it about once a second. */
  tick(): void {
    const at = performance.now()
    const us = this.#cpuUs()
    const share = (us - this.#last.us) / ((at - this.#last.at) * 1000)
    this.#busySeconds = share > SATURATION_LIMITS.threadCpu.share ? this.#busySeconds + 1 : 0
    this.#longestBusySeconds = Math.max(this.#longestBusySeconds, this.#busySeconds)
    this.#last = { at, us }
    this.#peakRss = Math.max(this.#peakRss, process.memoryUsage.rss())
  }

  /** @param startDelays from intended to actual start, of the requests that this thread started */
  stop(startDelays: LatencyHistogram): Self {
    this.tick()
    this.#delay.disable()
    this.#observer.disconnect()
    const late = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS)
    const { count } = this.#delay
    const eventLoopDelayMs = {
      p50: count === 0 ? 0 : late(this.#delay.percentile(50)),
      p99: count === 0 ? 0 : late(this.#delay.percentile(99)),
      max: count === 0 ? 0 : late(this.#delay.max),
    }
    const cpuSeconds = this.#cpuUs() / SECOND_US
    const why = this.#why(eventLoopDelayMs, startDelays)
    return {
      eventLoopDelayMs,
      gc: this.#gc,
      cpuSeconds,
      cores: (cpuSeconds * 1000) / (performance.now() - this.#startedAt),
      peakRssBytes: this.#peakRss,
      saturated: why.length > 0,
      why,
    }
  }

  #why(loop: Self['eventLoopDelayMs'], startDelays: LatencyHistogram): string[] {
    const { eventLoopDelayMs, standstillMs, startDelayMs, threadCpu } = SATURATION_LIMITS
    const signs: string[] = []
    if (loop.max > standstillMs)
      signs.push(`The load tester stood still for ${(loop.max / 1_000).toFixed(1)} s at one time.`)
    if (loop.p99 > eventLoopDelayMs)
      signs.push(`The event loop was ${loop.p99.toFixed(0)} ms late at p99 (limit ${eventLoopDelayMs} ms).`)
    // Of fewer than a hundred, the p99 is the latest of all, and one hiccup would condemn a short run.
    const few = startDelays.count < 100
    const startMs = startDelays.quantile(few ? 1 - 1 / Math.max(1, startDelays.count) : 0.99) ?? 0
    if (startMs > startDelayMs)
      signs.push(
        `Requests started ${startMs.toFixed(0)} ms late ${few ? 'more than once' : 'at p99'} (limit ${startDelayMs} ms).`,
      )
    if (this.#longestBusySeconds >= threadCpu.seconds)
      signs.push(
        `A thread was busy for more than ${threadCpu.share * 100}% of ${this.#longestBusySeconds} successive seconds.`,
      )
    return signs
  }

  #cpuUs(): number {
    const { user, system } = process.threadCpuUsage()
    return user + system - this.#cpuAtStart.user - this.#cpuAtStart.system
  }
}
