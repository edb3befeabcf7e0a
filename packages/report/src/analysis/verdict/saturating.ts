import { CHAT_METRICS } from '@slicechat/metrics/reading'
import type { Run } from '../../run/run.ts'
import type { Points } from '../../witness/testimony.ts'
import { Testimony } from '../../witness/testimony.ts'
import type { Gpu } from '../gpu/gpu.ts'
import { count, duration, percent } from '../../charts/quantity.ts'

/** Something that can be at its limit. */
export type Resource = 'client' | 'admission' | 'engineQueue' | 'kvCache' | 'dram' | 'compute'

/** A resource that was at its limit in this run. */
export interface Saturated {
  readonly resource: Resource
  /** Milliseconds from the run's zero at which it first was, and stayed for a while; 0 for the client. */
  readonly fromMs: number
  /** One sentence with the numbers. */
  readonly why: string
}

/** At its limit for as many samples in a row: a single one is a burst. */
const IN_A_ROW = 3
const KV_FULL = 0.95
/** A GPU whose memory and tensor cores are idle for longer is not what holds a server back. */
const BUSY = 0.5

/** What was at its limit, in the order in which it came there; the client first, since its numbers hide the others, and the GPU last. */
export function saturatingOf(run: Run, gpu: Gpu | null): Saturated[] {
  const api = new Testimony(run, 'api')
  const engine = new Testimony(run, 'vllm')
  const found: Saturated[] = []
  const look = (
    resource: Resource,
    points: Points,
    limit: number,
    why: (highest: number) => string,
  ): void => {
    const fromMs = firstStretch(points, limit)
    if (fromMs !== null)
      found.push({ resource, fromMs, why: why(Math.max(...points.map(([, value]) => value))) })
  }
  if (run.target.kind === 'api')
    look(
      'admission',
      api.gauge([CHAT_METRICS.queued.name]),
      1,
      (most) => `up to ${count(most)} answers waited in the queue of the API (MAX_ACTIVE_GENERATIONS)`,
    )
  look(
    'engineQueue',
    engine.gauge(['vllm:num_requests_waiting']),
    1,
    (most) => `up to ${count(most)} requests waited in the queue of the engine`,
  )
  const engines = Math.max(1, engine.witnesses.length)
  look(
    'kvCache',
    engine
      .gauge(['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'])
      .map(([ms, sum]) => [ms, sum / engines]),
    KV_FULL,
    (most) => `the KV cache was up to ${percent(most)} full`,
  )
  const preempted = engine.growth(['vllm:num_preemptions_total']) ?? 0
  if (preempted > 0 && !found.some(({ resource }) => resource === 'kvCache')) {
    const first = engine.counter(['vllm:num_preemptions_total']).find(([, value]) => value > 0)
    found.push({
      resource: 'kvCache',
      fromMs: first?.[0] ?? 0,
      why: `the engine took ${count(preempted)} requests out for want of KV cache`,
    })
  }
  found.sort((a, b) => a.fromMs - b.fromMs)
  found.push(...saturatedSlices(run, gpu))
  return run.self.saturated ? [{ resource: 'client', fromMs: 0, why: whyClient(run) }, ...found] : found
}

/**
 * Slices that gave no more tokens for more load. That alone is the sign: decoding keeps the memory busy with a single
 * user already. They come after the queues, since a queue that bounds the batch makes the same plateau.
 */
function saturatedSlices(run: Run, gpu: Gpu | null): Saturated[] {
  return (gpu?.slices ?? []).flatMap(({ saturation: { point, levels }, dramLevel, tensorLevel }) => {
    const [dram, tensor] = [dramLevel?.max ?? 0, tensorLevel?.max ?? 0]
    if (point === null || Math.max(dram, tensor) < BUSY) return []
    const most = Math.max(...levels.map(({ tokensPerSecond }) => tokensPerSecond))
    const from = run.intervals.find(({ active }) => active >= point.active)?.atMs ?? 0
    const busy =
      tensor > dram
        ? `the tensor cores busy up to ${percent(tensor)}`
        : `the memory busy up to ${percent(dram)}`
    const why = `beyond ${count(Math.round(point.active))} requests at once there were no more than ${count(Math.round(most))} tokens a second, with ${busy} of the time`
    return [{ resource: tensor > dram ? ('compute' as const) : ('dram' as const), fromMs: from, why }]
  })
}

function whyClient({ self }: Run): string {
  if (self.why.length > 0)
    return self.why.map((why) => why.charAt(0).toLowerCase() + withoutStop(why.slice(1))).join('; ')
  return `its event loop was late by ${duration(self.eventLoopDelayMs.p99)} at p99, at most ${duration(self.eventLoopDelayMs.max)}`
}

/** When the values first reach the limit and stay there for a few samples; `null`: never. */
function firstStretch(points: Points, limit: number): number | null {
  let length = 0
  for (const [index, [, value]] of points.entries()) {
    length = value >= limit ? length + 1 : 0
    if (length === IN_A_ROW) return points[index - IN_A_ROW + 1]?.[0] ?? null
  }
  return null
}

/** A sentence as a part of another. */
export const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '')
