import { z } from 'zod'

const labels = z.record(z.string(), z.string())
const ms = z.number()
const series = { name: z.string(), labels }
/** `[milliseconds from the run's zero, value]`, ascending. */
const points = z.array(z.tuple([ms, z.number()]))

/**
 * What one metrics endpoint reported about the run, reduced to what the report reads: how much each counter
 * and histogram grew from the run's first request to its last answer (resets taken into account), and values
 * over time. Scraping and Prometheus give the same format.
 */
export const witnessSchema = z.strictObject({
  kind: z.enum(['api', 'vllm', 'dcgm']),
  /** `api`, `vllm`, `dcgm`, or the name that the user gave it. */
  name: z.string(),
  source: z.enum(['scrape', 'prometheus']),
  url: z.string(),
  /** The window of the growth, in milliseconds from the run's zero; it encloses the run. */
  fromMs: ms,
  untilMs: ms,
  intervalMs: z.number().positive(),
  samples: z.int().min(0),
  /** Times without an answer: the growth over them is known, values within them are not. */
  gaps: z.array(z.strictObject({ fromMs: ms, untilMs: ms, why: z.string() })),
  /** Restarts of the process that were seen; what it counted between its last sample and its end is lost. */
  resets: z.int().min(0),
  /** Mean duration of a scrape in milliseconds; `null` for Prometheus. */
  scrapeMs: ms.nullable(),
  simulated: z.boolean(),
  growth: z.array(z.strictObject({ ...series, delta: z.number() })),
  histograms: z.array(
    z.strictObject({
      ...series,
      /** Upper edges without `+Inf`; `counts` has one more, and each is of its own bucket, not cumulative. */
      edges: z.array(z.number()),
      counts: z.array(z.number()),
      sum: z.number(),
    }),
  ),
  /** Gauges as they were sampled; counters as growth since the window's start. */
  over: z.array(z.strictObject({ ...series, type: z.enum(['gauge', 'counter']), points })),
})

/** What one source of metrics saw of a run. */
export type Witness = z.infer<typeof witnessSchema>
