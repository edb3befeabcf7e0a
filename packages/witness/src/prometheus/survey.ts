import type { Kind } from '../families.ts'
import type { RawSeries } from './answer.ts'
import { scrapeTargetOf, type ScrapeTarget } from './scrape-target.ts'

/** When Prometheus scraped one process, and how many requests that had under way. */
export interface Survey {
  readonly target: ScrapeTarget
  /** Ascending; milliseconds since 1970. */
  readonly scrapes: readonly { readonly at: number; readonly busy: number }[]
}

/** Reads the samples of the metric that every process of the kind has (`presence`). */
export function surveysOf(kind: Kind, series: readonly RawSeries[]): Survey[] {
  const byTarget = new Map<string, { target: ScrapeTarget; scrapes: Map<number, number> }>()
  for (const { metric, values } of series) {
    const target = scrapeTargetOf(kind, metric)
    let known = byTarget.get(target.key)
    if (!known) byTarget.set(target.key, (known = { target, scrapes: new Map() }))
    for (const [seconds, value] of values) {
      const at = Math.round(seconds * 1000)
      // A GPU is never done, and its metric does not count requests.
      const busy = kind === 'dcgm' ? 0 : Number(value)
      known.scrapes.set(at, (known.scrapes.get(at) ?? 0) + busy)
    }
  }
  return [...byTarget.values()].map(({ target, scrapes }) => ({
    target,
    scrapes: [...scrapes].map(([at, busy]) => ({ at, busy })).sort((a, b) => a.at - b.at),
  }))
}

/**
 * Where two jobs scrape one process at the same time, keeps only the first's samples: added up they would be
 * twice what happened.
 */
export function withoutDoubles(surveys: readonly Survey[]): { kept: Survey[]; doubles: Survey[] } {
  const kept: Survey[] = []
  const doubles: Survey[] = []
  for (const survey of surveys.toSorted((a, b) => (a.target.key < b.target.key ? -1 : 1)))
    (kept.some((one) => one.target.place === survey.target.place && overlap(one, survey))
      ? doubles
      : kept
    ).push(survey)
  return { kept, doubles }
}

/** Whether two surveys are of different targets with the same name. */
export const isNamesake = (a: Survey, b: Survey): boolean => a !== b && a.target.name === b.target.name

/** Whether two surveys have a time in common. */
export function overlap(a: Survey, b: Survey): boolean {
  const [aFrom, aUntil, bFrom, bUntil] = [first(a), last(a), first(b), last(b)]
  return aFrom <= bUntil && bFrom <= aUntil
}

/** Time of the first scrape of a survey, and of the last one; milliseconds since 1970. */
export const first = ({ scrapes }: Survey): number => scrapes[0]?.at ?? Number.POSITIVE_INFINITY
export const last = ({ scrapes }: Survey): number => scrapes.at(-1)?.at ?? Number.NEGATIVE_INFINITY

/** The usual time between two scrapes, in milliseconds; `undefined` if there are fewer than two. */
export function usualInterval(surveys: readonly Survey[]): number | undefined {
  const intervals = surveys
    .flatMap(({ scrapes }) => scrapes.slice(1).map(({ at }, index) => at - (scrapes[index]?.at ?? at)))
    .sort((a, b) => a - b)
  return intervals[Math.floor(intervals.length / 2)]
}

/** The scrape that closes the window: the first after its end at which nothing was under way. */
export const closingScrape = ({ scrapes }: Survey, untilMs: number): number | undefined =>
  scrapes.find(({ at, busy }) => at >= untilMs && busy === 0)?.at
