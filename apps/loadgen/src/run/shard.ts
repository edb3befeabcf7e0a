import { type Latencies, LatencyHistogram, type Run } from '@slicechat/run'
import type { Plan } from '../plan/plan.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { sloOf } from '../scenario/slo.ts'
import type { Target } from '../target/target.ts'
import type { SteadySoFar } from './abort-rule.ts'
import { closedLoop } from './closed-loop.ts'
import { VirtualUsers } from './virtual-users.ts'
import { openLoop } from './open-loop.ts'
import type { Progress } from './progress.ts'
import { Recorder } from './recorder.ts'
import type { RequestRecord } from './request-record.ts'
import { RunClock } from './run-clock.ts'
import { ClientHealthMeter } from './client-health.ts'
import { Scheduler } from './scheduler.ts'

export interface ShardOptions {
  readonly scenario: Scenario
  /** This shard's part of the run. */
  readonly plan: Plan
  readonly target: Target
  /** The run's zero as `processMs` tells time; in the future, so that the first arrivals are not late. */
  readonly zero: number
  /** Ends the run early, with what there is by then. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  readonly onRequest?: ((record: RequestRecord) => void) | undefined
  /** Set if the caller wants the steady part each second, with these histograms. */
  readonly watched?: readonly (keyof Latencies)[] | undefined
  readonly onSteady?: ((soFar: SteadySoFar) => void) | undefined
}

/** What one thread measured; see `Run`. */
export type ShardResult = Pick<
  Run,
  'durationMs' | 'steady' | 'cutShort' | 'whole' | 'steadyTally' | 'intervalMs' | 'intervals' | 'self'
> & { readonly transport: Target['transport'] }

const INTERVAL_MS = 1_000
/** An interval is closed a little after its end: at round rates requests start exactly then, and would be late. */
const AFTER_INTERVAL_MS = 13.7
/** How long the server may take to report that it stopped what was cut. */
const STOP_MS = 5_000

/** The part of a run between warm-up and cool-down, in milliseconds from its zero. */
export const steadyPartOf = (
  { warmUp, coolDown }: Pick<Scenario, 'warmUp' | 'coolDown'>,
  { durationMs }: Pick<Plan, 'durationMs'>,
): Run['steady'] => ({ fromMs: warmUp, untilMs: durationMs - coolDown })

/** Runs a plan in this thread. */
export async function runShard(options: ShardOptions): Promise<ShardResult> {
  const { scenario, plan, target, signal, onProgress } = options
  const clock = new RunClock(options.zero)
  const scheduler = new Scheduler(clock)
  const steady = steadyPartOf(scenario, plan)
  const recorder = new Recorder({
    clock,
    steady,
    intervalMs: INTERVAL_MS,
    onRequest: options.onRequest,
    slo: sloOf(scenario),
  })
  const { temperature, exactAnswers: exact, abandon } = scenario.conversation
  const behaviour = { temperature, exact, how: abandon?.how ?? 'stop' }
  const virtualUsers = new VirtualUsers({
    target,
    clock,
    scheduler,
    recorder,
    lastStartMs: plan.durationMs,
    behaviour,
  })
  const self = new ClientHealthMeter()

  const tick = (): void => {
    self.tick()
    for (const interval of recorder.tick())
      onProgress?.({
        elapsedMs: clock.now(),
        durationMs: plan.durationMs,
        interval,
        counts: recorder.counts,
      })
    if (options.watched !== undefined)
      options.onSteady?.({ atMs: clock.now(), tally: recorder.steadySoFar(options.watched) })
    scheduler.at((Math.floor(clock.now() / INTERVAL_MS) + 1) * INTERVAL_MS + AFTER_INTERVAL_MS, tick)
  }
  scheduler.at(INTERVAL_MS + AFTER_INTERVAL_MS, tick)

  const loop = { clock, scheduler, recorder, virtualUsers }
  let arrived = Promise.resolve()
  if (plan.kind === 'open') arrived = openLoop(plan, loop)
  else closedLoop(plan, loop)

  const interrupted = whenAborted(signal)
  await Promise.race([Promise.all([scheduler.until(plan.durationMs), arrived]), interrupted])
  virtualUsers.stopStarting()
  const graceMs = plan.durationMs + scenario.grace
  const inTime = virtualUsers.empty().then(() => 'empty' as const)
  const graceOver = new Promise<'grace'>((resolve) => scheduler.at(graceMs, () => resolve('grace')))
  const ending = await Promise.race([inTime, graceOver, interrupted])
  if (ending !== 'empty') {
    virtualUsers.cut({ interrupted: ending === 'aborted' })
    const stopTimeout = new Promise((resolve) =>
      scheduler.at(clock.now() + STOP_MS, () => resolve(undefined)),
    )
    await Promise.race([inTime, stopTimeout])
  }
  scheduler.close()
  const recorded = recorder.close()
  return {
    ...recorded,
    steady,
    intervalMs: INTERVAL_MS,
    transport: target.transport,
    durationMs: Math.max(clock.now(), ending === 'aborted' ? 0 : plan.durationMs),
    cutShort: cutShort(ending, signal, scenario.grace),
    // Start delays of the warm-up do not count: code is compiled and connections are made in it.
    self: self.stop(LatencyHistogram.decode(recorded.steadyTally.latencies.startDelay)),
  }
}

function cutShort(
  ending: 'empty' | 'grace' | 'aborted',
  signal: AbortSignal | undefined,
  graceMs: number,
): string | null {
  if (ending === 'grace') return `Answers were still under way ${graceMs / 1000} s after the plan's end.`
  return signal?.aborted ? 'The run was interrupted.' : null
}

function whenAborted(signal: AbortSignal | undefined): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve('aborted')
    signal?.addEventListener('abort', () => resolve('aborted'), { once: true })
  })
}
