import { isThroughApi } from '../../schema/through-api.ts'
import { CHAT_METRICS } from '@slicechat/metrics/reading'
import type { Run } from '../../schema/run.ts'
import type { Combined } from '../../server-metrics/combined.ts'
import { ServerMetrics } from '../../server-metrics/server-metrics.ts'
import { engineLoadOf } from '../engine-load.ts'
import type { Gpu, Slice } from '../gpu/gpu.ts'
import { sliceName } from '../gpu/slices.ts'
import { counted, duration, percent } from '../../format/quantity.ts'

/** Something that can be at its limit. */
export type Resource = 'client' | 'admission' | 'engineQueue' | 'kvCache' | 'dram' | 'compute' | 'gpu'

/** A resource that was at its limit in this run. */
export interface Saturated {
  readonly resource: Resource
  /**
   * Milliseconds from the run's zero at which it first reached its limit and stayed there for a while; 0 for
   * the client.
   */
  readonly fromMs: number
  /** One sentence with the numbers. */
  readonly why: string
}

/** How many samples in a row have to be at the limit; a single one is a burst. */
const MIN_CONSECUTIVE = 3
const KV_FULL = 0.95
/** A GPU whose memory and tensor cores are busy for a smaller share of the time is not what limits the server. */
const BUSY = 0.5

/**
 * The resources at their limit, in the order in which they got there; the client first, since its numbers
 * hide the others, and the GPU last.
 */
export function saturatingOf(run: Run, gpu: Gpu | null): Saturated[] {
  const api = new ServerMetrics(run, 'api')
  const { waiting, kvCache } = engineLoadOf(run)
  const found: Saturated[] = []
  const look = (
    resource: Resource,
    gauge: Combined | null,
    limit: number,
    why: (highest: NonNullable<Combined['highest']>) => string,
  ): void => {
    const fromMs = gauge && firstSustainedMs(gauge, limit)
    if (fromMs !== null && gauge?.highest) found.push({ resource, fromMs, why: why(gauge.highest) })
  }
  if (isThroughApi(run))
    look(
      'admission',
      api.gauge(CHAT_METRICS.queued.name),
      1,
      ({ value }) =>
        `up to ${counted(value, 'answer')} waited in the queue of the API (MAX_ACTIVE_GENERATIONS)`,
    )
  look(
    'engineQueue',
    waiting,
    1,
    ({ value }) => `up to ${counted(value, 'request')} waited in the queue of the engine`,
  )
  look(
    'kvCache',
    kvCache,
    KV_FULL,
    ({ value, of }) => `the KV cache${of === null ? '' : ` of ${of}`} was up to ${percent(value)} full`,
  )
  const preempted = preemptions(run)
  if (preempted !== null && !found.some(({ resource }) => resource === 'kvCache')) found.push(preempted)
  found.sort((a, b) => a.fromMs - b.fromMs)
  found.push(...saturatedSlices(run, gpu))
  return run.self.saturated
    ? [{ resource: 'client', fromMs: 0, why: clientSaturation(run) }, ...found]
    : found
}

function preemptions(run: Run): Saturated | null {
  const engine = new ServerMetrics(run, 'vllm')
  const name = ['vllm:num_preemptions_total'] as const
  const preempted = engine.growth(name) ?? 0
  if (preempted === 0) return null
  const first = engine.counter(name).find(([, value]) => value > 0)
  return {
    resource: 'kvCache',
    fromMs: first?.[0] ?? 0,
    why: `the engine took ${counted(preempted, 'request')} out for want of KV cache`,
  }
}

/**
 * Slices that gave no more tokens for more load. Only that is the sign: decoding keeps the memory busy with a
 * single user already. They come after the queues, since a queue that limits the batch causes the same plateau.
 */
function saturatedSlices(run: Run, gpu: Gpu | null): Saturated[] {
  const slices = gpu?.slices ?? []
  return slices.flatMap((slice) => {
    const { point, levels } = slice.saturation
    const [resource, level, what] = busiest(slice)
    if (point === null || level < BUSY) return []
    const most = Math.max(...levels.map(({ tokensPerSecond }) => tokensPerSecond))
    const from = run.intervals.find(({ active }) => active >= point.active)?.atMs ?? 0
    const of = slices.length > 1 ? ` of ${sliceName(slice)}` : ''
    const why = `beyond ${counted(Math.round(point.active), 'request')} at once there were no more than ${counted(Math.round(most), 'token')} a second, with ${what}${of} busy up to ${percent(level)} of the time`
    return [{ resource, fromMs: from, why }]
  })
}

function busiest({ dramLevel, tensorLevel, utilizationLevel }: Slice): [Resource, number, string] {
  const [dram, tensor] = [dramLevel?.max ?? 0, tensorLevel?.max ?? 0]
  // GPU_UTIL does not show which part of the card is busy.
  if (utilizationLevel !== null) return ['gpu', utilizationLevel.max, 'the card']
  return tensor > dram ? ['compute', tensor, 'the tensor cores'] : ['dram', dram, 'the memory']
}

function clientSaturation({ self }: Run): string {
  if (self.why.length > 0)
    return self.why.map((why) => why.charAt(0).toLowerCase() + withoutStop(why.slice(1))).join('; ')
  return `its event loop was late by ${duration(self.eventLoopDelayMs.p99)} at p99, at most ${duration(self.eventLoopDelayMs.max)}`
}

/**
 * When the values first reach the limit and stay there for a few samples; `null` if never. With several
 * sources each sample is a moment of its own, so the time must also be long enough for a few samples of each.
 */
function firstSustainedMs({ points, everyMs }: Combined, limit: number): number | null {
  let begin = 0
  for (const [index, [ms, value]] of points.entries()) {
    if (value < limit) {
      begin = index + 1
      continue
    }
    const [fromMs] = points[begin] ?? [ms]
    const untilMs = points[index + 1]?.[0] ?? ms + everyMs
    if (index - begin + 1 >= MIN_CONSECUTIVE && untilMs - fromMs >= (MIN_CONSECUTIVE - 0.5) * everyMs)
      return fromMs
  }
  return null
}

/** A sentence without its full stop, to be a part of another. */
export const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '')
