import type { StepRecord } from './engine.ts'
import { Scheduler, type SchedulerConfig } from './scheduler.ts'
import { SimulatedSequence, type RequestTimings, type TraceItem } from './simulated-sequence.ts'

/** The result of simulating a trace. Times are in milliseconds. */
export interface Simulation {
  /** One entry per item of the trace, in the trace's order. */
  readonly requests: readonly RequestTimings[]
  readonly steps: number
  /** End of the last step. */
  readonly endMs: number
  /** Time in steps. */
  readonly busyMs: number
  /** The part of `busyMs` in which the GPU worked. */
  readonly gpuMs: number
  readonly prefillTokens: number
  readonly decodeTokens: number
  readonly producedTokens: number
  readonly readBytes: number
  readonly writtenBytes: number
  readonly flops: number
}

/**
 * Simulates the engine on a trace, without a clock and without waiting; the result is deterministic. An item that aborts
 * at the exact time of a token still gets the token.
 *
 * @param observe called at the end of every step
 * @throws {RangeError} if an item could never fit the KV cache
 */
export function simulate(
  trace: readonly TraceItem[],
  config: SchedulerConfig,
  observe?: (step: StepRecord) => void,
): Simulation {
  const scheduler = new Scheduler(config)
  const requests = trace.map((item, index) => new SimulatedSequence(item, index))
  const arrivals = requests.toSorted((a, b) => a.arrivalMs - b.arrivalMs)
  const departures = departuresOf(trace, requests)
  const sums = noSums()
  let arrived = 0
  let departed = 0
  const pass = (untilMs: number) => {
    for (let next = arrivals[arrived]; next !== undefined; next = arrivals[++arrived]) {
      if (next.arrivalMs > untilMs) break
      scheduler.submit(next, next.arrivalMs)
    }
    for (let next = departures[departed]; next !== undefined; next = departures[++departed]) {
      if (next.atMs >= untilMs) break
      if (next.request.done) continue
      next.request.aborted = true
      scheduler.abort(next.request)
    }
  }
  for (;;) {
    const dueMs = scheduler.dueMs ?? arrivals[arrived]?.arrivalMs
    if (dueMs === undefined) return { requests, ...sums }
    const startMs = Math.max(sums.endMs, dueMs)
    pass(startMs)
    const endMs = scheduler.begin(startMs)
    if (endMs === undefined) continue
    pass(endMs)
    const step = scheduler.end(endMs)
    add(sums, step)
    observe?.(step)
  }
}

interface Departure {
  readonly atMs: number
  readonly request: SimulatedSequence
}

function departuresOf(trace: readonly TraceItem[], requests: readonly SimulatedSequence[]): Departure[] {
  const departures: Departure[] = []
  for (const [index, request] of requests.entries()) {
    const atMs = trace[index]?.abortMs
    if (atMs !== undefined) departures.push({ atMs: Math.max(atMs, request.arrivalMs), request })
  }
  return departures.sort((a, b) => a.atMs - b.atMs)
}

const noSums = () => ({
  steps: 0,
  endMs: 0,
  busyMs: 0,
  gpuMs: 0,
  prefillTokens: 0,
  decodeTokens: 0,
  producedTokens: 0,
  readBytes: 0,
  writtenBytes: 0,
  flops: 0,
})

function add(sums: ReturnType<typeof noSums>, step: StepRecord): void {
  sums.steps++
  sums.endMs = step.endMs
  sums.busyMs += step.endMs - step.startMs
  sums.gpuMs += step.gpuMs
  sums.prefillTokens += step.work.prefillTokens
  sums.decodeTokens += step.work.decodeTokens
  sums.producedTokens += step.producedTokens
  sums.readBytes += step.readBytes
  sums.writtenBytes += step.writtenBytes
  sums.flops += step.flops
}
