import { z } from 'zod'

const labels = z.record(z.string(), z.string())
const ms = z.number()
const series = { name: z.string(), labels }
/** `[milliseconds from the run's zero, value]`, ascending. */
const points = z.array(z.tuple([ms, z.number()]))

/**
 * What one metrics endpoint said about the run, reduced to what the report reads: how much each counter and histogram
 * grew from the run's first request to its last answer (resets taken into account), and values over time. Scraping and
 * Prometheus give the same shape.
 */
export const witnessSchema = z.strictObject({
  kind: z.enum(['api', 'vllm', 'dcgm']),
  /** `api`, `vllm`, `dcgm`, or what the user called it. */
  name: z.string(),
  source: z.enum(['scrape', 'prometheus']),
  url: z.string(),
  /** The window that the growth is of, milliseconds from the run's zero: it encloses the run. */
  fromMs: ms,
  untilMs: ms,
  intervalMs: z.number().positive(),
  samples: z.int().min(0),
  /** Times without an answer: growth over them is known, values within are not. */
  gaps: z.array(z.strictObject({ fromMs: ms, untilMs: ms, why: z.string() })),
  /** Restarts of the process that were seen; what it counted between its last sample and its end is lost. */
  resets: z.int().min(0),
  /** Milliseconds that a scrape took, mean; `null` for Prometheus. */
  scrapeMs: ms.nullable(),
  simulated: z.boolean(),
  growth: z.array(z.strictObject({ ...series, delta: z.number() })),
  histograms: z.array(
    z.strictObject({
      ...series,
      /** Upper edges, `+Inf` left out; `counts` has one more, each of its own bucket. */
      edges: z.array(z.number()),
      counts: z.array(z.number()),
      sum: z.number(),
    }),
  ),
  /** Gauges as they were; counters as growth since the window's start. */
  over: z.array(z.strictObject({ ...series, type: z.enum(['gauge', 'counter']), points })),
})

export type Witness = z.infer<typeof witnessSchema>
