import type { LoadResult } from './load.ts'
import type { RouteName } from './routes.ts'

/** The result of one load through one route. */
export interface Measured {
  route: RouteName
  streams: number
  round: number
  result: LoadResult
}

/** One route at one load, over all rounds. `null`: there was nothing to compare with, or it could not be measured. */
export interface Summary {
  way: RouteName
  streams: number
  cpuMicrosPerToken: number | null
  /** Ratio to the bare Node proxy in the same round. */
  cpuRatio: number | null
  /** Ratio of the end-to-end time to that of the direct route in the same round. */
  e2eRatio: number | null
  ttftP50: number | null
  ttftP99: number | null
  /** Difference to the same quantile of the direct route. */
  addedTtftP50: number | null
  addedTtftP99: number | null
  gapP50: number
  gapP99: number
  tokensPerPiece: number
  peakMiB: number | null
  /** Growth of the process from its least memory at rest to its peak, per stream. */
  kibPerStream: number | null
  answers: number
  /** CPU time of the process that sends the load. */
  clientMicrosPerToken: number | null
  clientLateP99: number
  failures: string[]
}

/** @param idleBytes the least memory of each route's process at rest */
export function summarise(
  measured: readonly Measured[],
  idleBytes: ReadonlyMap<RouteName, number>,
): Summary[] {
  const keys = new Map(measured.map((one) => [`${one.route} ${one.streams}`, one]))
  const of = (route: RouteName, streams: number): Measured[] =>
    measured.filter((one) => one.route === route && one.streams === streams)
  return [...keys.values()]
    .sort((a, b) => a.streams - b.streams)
    .map(({ route, streams }) => summariseOne(route, streams, of, idleBytes.get(route) ?? Number.NaN))
}

function summariseOne(
  route: RouteName,
  streams: number,
  of: (route: RouteName, streams: number) => Measured[],
  idleBytes: number,
): Summary {
  const rounds = of(route, streams)
  const middle = (read: (result: LoadResult) => number): number =>
    median(rounds.map((one) => read(one.result)))
  /** The median of the ratios of each round: a disturbance of one round affects both sides of its ratio. */
  const ratio = (base: RouteName, read: (result: LoadResult) => number): number =>
    median(
      rounds.map((one) => {
        const other = of(base, streams).find(({ round }) => round === one.round)
        return other === undefined ? Number.NaN : read(one.result) / read(other.result)
      }),
    )
  const ttft = (name: RouteName, share: number): number =>
    quantile(
      of(name, streams).flatMap((one) => one.result.ttftMs),
      share,
    )
  const peakBytes = Math.max(...rounds.map((one) => one.result.peakBytes))
  return {
    way: route,
    streams,
    cpuMicrosPerToken: known(middle((result) => result.cpuMicrosPerToken)),
    cpuRatio: known(
      ratio('bare proxy', (result) => result.cpuMicrosPerToken),
      3,
    ),
    e2eRatio: known(
      ratio('direct', (result) => median(result.stretch)),
      4,
    ),
    ttftP50: known(ttft(route, 0.5)),
    ttftP99: known(ttft(route, 0.99)),
    addedTtftP50: known(ttft(route, 0.5) - ttft('direct', 0.5)),
    addedTtftP99: known(ttft(route, 0.99) - ttft('direct', 0.99)),
    gapP50: known(middle((result) => result.gapP50)) ?? 0,
    gapP99: known(middle((result) => result.gapP99)) ?? 0,
    tokensPerPiece:
      known(
        middle((result) => result.tokensPerPiece),
        2,
      ) ?? 0,
    peakMiB: known(peakBytes / 2 ** 20),
    kibPerStream: known((peakBytes - idleBytes) / 1024 / streams, 0),
    answers: rounds.reduce((sum, one) => sum + one.result.answers, 0),
    clientMicrosPerToken: known(middle((result) => result.clientMicrosPerToken)),
    clientLateP99: known(Math.max(...rounds.map((one) => one.result.lateP99))) ?? 0,
    failures: [...new Set(rounds.flatMap((one) => one.result.failures))].slice(0, 10),
  }
}

const median = (values: readonly number[]): number => quantile(values, 0.5)

/** The mean of the two middle values for the median of an even count, else the nearest rank. `NaN` for no values. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  if (share === 0.5 && sorted.length % 2 === 0 && sorted.length > 0)
    return ((sorted[sorted.length / 2 - 1] ?? Number.NaN) + (sorted[sorted.length / 2] ?? Number.NaN)) / 2
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** JSON has no `NaN`. */
const known = (value: number, digits = 1): number | null =>
  Number.isFinite(value) ? Number(value.toFixed(digits)) : null
