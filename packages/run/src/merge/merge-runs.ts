import { omitUndefined } from '@slicechat/contract'
import type { Interval, Run, Self } from '../schema/run.ts'
import { isThroughApi } from '../schema/through-api.ts'
import { evaluateThresholds, notJudged } from '../thresholds/threshold.ts'
import type { Witness } from '../schema/witness.ts'
import { mergeTallies, sumOf } from './merge-tallies.ts'
import { canonical } from './canonical.ts'
import { mergeEncoded } from './merge-histograms.ts'

/** The runs are not parts of one run; the message says how they differ. */
export class MergeProblem extends Error {}

/**
 * Merges parts into one run: shards on several machines, or workers of one. Counts and histograms are added,
 * intervals are matched by their time. The merged run has the smallest id, and its thresholds are judged
 * anew. An endpoint that several parts scraped is kept once, as seen by the part that looked longest. The
 * order and the grouping of the parts make no difference.
 * @param runs one or more, each with an id of its own
 * @throws {MergeProblem} if scenario, seed, zero, target, model or interval differ, or a part is given twice
 */
export function mergeRuns(runs: readonly Run[]): Run {
  const [first, ...others] = runs.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  if (!first) throw new MergeProblem('there is nothing to merge')
  for (const other of others) checkAlike(first, other)
  const ids = new Set(runs.map(({ id }) => id))
  if (ids.size < runs.length) throw new MergeProblem('the same part is given twice')
  const steady = {
    fromMs: Math.max(...runs.map((run) => run.steady.fromMs)),
    untilMs: Math.min(...runs.map((run) => run.steady.untilMs)),
  }
  const durationMs = Math.max(...runs.map((run) => run.durationMs))
  const steadyTally = mergeTallies(runs.map((run) => run.steadyTally))
  const expressions = union(runs.map((run) => run.thresholds.map(({ expression }) => expression)))
  const { shard, rest } = mergeShards(first, runs)
  const whys = union(runs.map(({ cutShort }) => (cutShort === null ? [] : cutShort.split('; '))))
  return {
    ...rest,
    ...omitUndefined({ shard }),
    durationMs,
    steady,
    cutShort: whys.length === 0 ? null : whys.join('; '),
    generator: mergeGenerators(runs.map((run) => run.generator)),
    target: mergeTargets(runs.map((run) => run.target)),
    whole: mergeTallies(runs.map((run) => run.whole)),
    steadyTally,
    intervals: mergeIntervals(runs.map((run) => run.intervals)),
    self: mergeSelves(runs.map((run) => run.self)),
    thresholds:
      shard === undefined
        ? evaluateThresholds(expressions, { steadyTally, steady, durationMs })
        : notJudged(expressions),
    witnesses: mergeWitnesses(runs.map((run) => run.witnesses)),
  }
}

function checkAlike(a: Run, b: Run): void {
  const traits: readonly [string, (run: Run) => unknown][] = [
    ['scenario', (run) => run.scenario],
    ['seed', (run) => run.seed],
    ['start (the zero of all times)', (run) => run.startedAt],
    ['kind of target', (run) => run.target.kind],
    ['API before the model server', isThroughApi],
    ['model', (run) => run.target.model],
    ['use of sockets', (run) => run.target.sockets],
    ['length of intervals', (run) => run.intervalMs],
    ['SLO', (run) => run.slo],
    ['number of shards', (run) => run.shard?.count ?? null],
  ]
  for (const [trait, of] of traits) {
    const [left, right] = [canonical(of(a)), canonical(of(b))]
    if (left === right) continue
    const values = left.length + right.length > 120 ? '' : `: ${left} and ${right}`
    throw new MergeProblem(
      `runs ${a.id} and ${b.id} are no parts of one run: their ${trait} differs${values}`,
    )
  }
}

/** The shards that are together; none if all of them are, since the load is whole then. */
function mergeShards(first: Run, runs: readonly Run[]): { shard: Run['shard']; rest: Omit<Run, 'shard'> } {
  const { shard, ...rest } = first
  if (shard === undefined) return { shard, rest }
  const indices = runs.flatMap((run) => run.shard?.indices ?? []).toSorted((a, b) => a - b)
  const twice = indices.find((index, at) => indices[at + 1] === index)
  if (twice !== undefined) throw new MergeProblem(`shard ${twice}/${shard.count} is given twice`)
  return { shard: indices.length === shard.count ? undefined : { ...shard, indices }, rest }
}

/** Matches intervals by their time; a part without an interval at a time adds nothing. */
export function mergeIntervals(parts: readonly (readonly Interval[])[]): Interval[] {
  const byTime = Map.groupBy(parts.flat(), ({ atMs }) => atMs)
  return [...byTime]
    .toSorted(([a], [b]) => a - b)
    .map(([atMs, same]) => ({
      atMs,
      users: sumOf(same, 'users'),
      active: sumOf(same, 'active'),
      started: sumOf(same, 'started'),
      succeeded: sumOf(same, 'succeeded'),
      failed: sumOf(same, 'failed'),
      abandoned: sumOf(same, 'abandoned'),
      dropped: sumOf(same, 'dropped'),
      pieces: sumOf(same, 'pieces'),
      tokens: sumOf(same, 'tokens'),
      ttft: mergeSome(same.map(({ ttft }) => ttft)),
      gap: mergeSome(same.map(({ gap }) => gap)),
    }))
}

const mergeSome = (encoded: readonly (string | null)[]): string | null => {
  const some = encoded.filter((one) => one !== null)
  return some.length === 0 ? null : mergeEncoded(some)
}

/** The worst delays and the sum of the work; saturated if one part was. */
export function mergeSelves(parts: readonly Self[]): Self {
  const worst = (of: (part: Self) => number): number => Math.max(...parts.map(of))
  return {
    eventLoopDelayMs: {
      p50: worst((part) => part.eventLoopDelayMs.p50),
      p99: worst((part) => part.eventLoopDelayMs.p99),
      max: worst((part) => part.eventLoopDelayMs.max),
    },
    gc: {
      count: sumOf(
        parts.map(({ gc }) => gc),
        'count',
      ),
      totalMs: sumOf(
        parts.map(({ gc }) => gc),
        'totalMs',
      ),
      maxMs: worst((part) => part.gc.maxMs),
    },
    cpuSeconds: sumOf(parts, 'cpuSeconds'),
    cores: sumOf(parts, 'cores'),
    peakRssBytes: sumOf(parts, 'peakRssBytes'),
    saturated: parts.some(({ saturated }) => saturated),
    why: union(parts.map(({ why }) => why)),
  }
}

/** One witness for each endpoint: the one with the widest window, then with the most samples. */
function mergeWitnesses(parts: readonly (readonly Witness[])[]): Witness[] {
  const byEndpoint = Map.groupBy(parts.flat(), ({ kind, source, url }) => canonical([kind, source, url]))
  return [...byEndpoint]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, same]) => same.toSorted(byMerit).slice(0, 1))
}

function byMerit(a: Witness, b: Witness): number {
  const width = (witness: Witness): number => witness.untilMs - witness.fromMs
  return width(b) - width(a) || b.samples - a.samples || (canonical(a) < canonical(b) ? -1 : 1)
}

function mergeGenerators(parts: readonly Run['generator'][]): Run['generator'] {
  const names = (of: (part: Run['generator']) => string): string =>
    union(parts.map((part) => of(part).split(' | '))).join(' | ')
  return {
    version: names((part) => part.version),
    node: names((part) => part.node),
    cpu: names((part) => part.cpu),
    cores: sumOf(parts, 'cores'),
    workers: sumOf(parts, 'workers'),
    shards: sumOf(parts, 'shards'),
  }
}

/** Shards may reach the target by several addresses; if one of them used SSE, the merged run says SSE. */
function mergeTargets(parts: readonly Run['target'][]): Run['target'] {
  const [first] = parts
  if (!first) throw new MergeProblem('there is nothing to merge')
  const transports = new Set(parts.map(({ transport }) => transport))
  const transport = (['sse', 'websocket', 'http'] as const).find((one) => transports.has(one))
  return {
    ...first,
    url: union(parts.map(({ url }) => url.split(' | '))).join(' | '),
    transport: transport ?? first.transport,
    simulated: parts.some(({ simulated }) => simulated),
  }
}

const union = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())].sort()
