import { LatencyHistogram } from '../histogram/latency-histogram.ts'
import type { Interval, Latencies, Run, Tally } from '../schema/run.ts'
import { RUN_SCHEMA } from '../schema/run.ts'
import type { Witness } from '../schema/witness.ts'

/** An encoded histogram of these milliseconds. */
export function times(...ms: readonly number[]): string {
  const histogram = new LatencyHistogram()
  for (const time of ms) histogram.record(time)
  return histogram.encode()
}

export function aLatencies(latencies: Partial<Latencies> = {}): Latencies {
  const none = times()
  return {
    ttft: none,
    ttftFromIntended: none,
    interToken: none,
    gap: none,
    e2e: none,
    e2eFromIntended: none,
    startDelay: none,
    ...latencies,
  }
}

/** An empty tally, except for what is given; `startDelay` has a sample for every request that started. */
export function aTally(tally: Partial<Tally> = {}): Tally {
  const started = tally.started ?? 0
  const delays = new LatencyHistogram()
  if (started > 0) delays.record(0.1, started)
  return {
    intended: started + (tally.dropped ?? 0),
    started,
    dropped: 0,
    succeeded: started,
    failed: 0,
    abandoned: 0,
    unfinished: 0,
    undecided: 0,
    promptTokens: 0,
    completionTokens: 0,
    succeededPromptTokens: tally.promptTokens ?? 0,
    succeededCompletionTokens: tally.completionTokens ?? 0,
    untold: 0,
    untoldPrompts: tally.untold ?? 0,
    succeededUntold: 0,
    succeededUntoldPrompts: 0,
    bursts: 0,
    wastedTokens: 0,
    goodRequests: 0,
    goodTokens: 0,
    errors: [],
    latencies: aLatencies({ startDelay: delays.encode() }),
    ...tally,
  }
}

export function anInterval(interval: Partial<Interval> = {}): Interval {
  return {
    atMs: 0,
    users: 0,
    active: 0,
    started: 0,
    succeeded: 0,
    failed: 0,
    abandoned: 0,
    dropped: 0,
    pieces: 0,
    tokens: 0,
    ttft: null,
    gap: null,
    ...interval,
  }
}

/** A run of one minute against an API in which nothing happened, except for what is given. */
export function aRun(run: Partial<Run> = {}): Run {
  const whole = run.whole ?? aTally()
  return {
    schema: RUN_SCHEMA,
    id: '00000000-0000-4000-8000-000000000001',
    name: 'test',
    startedAt: 1_790_000_000_000,
    durationMs: 60_000,
    steady: { fromMs: 0, untilMs: 60_000 },
    cutShort: null,
    seed: 1,
    scenario: { name: 'test' },
    generator: { version: '0.1.0', node: 'v24.0.0', cpu: 'a cpu', cores: 2, workers: 1, shards: 1 },
    target: {
      kind: 'api',
      url: 'http://127.0.0.1:4000',
      model: 'sim/qwen2.5-3b-instruct',
      transport: 'websocket',
      sockets: 'per-user',
      simulated: false,
    },
    slo: {},
    whole,
    steadyTally: whole,
    intervalMs: 1000,
    intervals: [],
    self: {
      eventLoopDelayMs: { p50: 0.1, p99: 1, max: 5 },
      gc: { count: 0, totalMs: 0, maxMs: 0 },
      cpuSeconds: 1,
      cores: 0.1,
      peakRssBytes: 1e8,
      saturated: false,
      why: [],
    },
    thresholds: [],
    witnesses: [],
    ...run,
  }
}

/** A witness that saw nothing, over a window that encloses `aRun`, except for what is given. */
export function aWitness(witness: Partial<Witness> = {}): Witness {
  const kind = witness.kind ?? 'api'
  return {
    kind,
    name: kind,
    source: 'scrape',
    url: `http://127.0.0.1/${kind}/metrics`,
    fromMs: -500,
    untilMs: 60_500,
    intervalMs: 1000,
    samples: 61,
    gaps: [],
    resets: 0,
    scrapeMs: 3,
    simulated: false,
    growth: [],
    histograms: [],
    over: [],
    ...witness,
  }
}
