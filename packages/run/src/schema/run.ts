import { z } from 'zod'
import { witnessSchema } from './witness.ts'

/** Version of the format; a file of another version is refused, and the message names that version. */
export const RUN_SCHEMA = 'slicechat.run/1'

const count = z.int().min(0)
const mean = z.number().min(0)
const ms = z.number()
/** An HdrHistogram of microseconds (3 significant digits), V2 encoding, deflated, base64. */
const histogram = z.base64()

/**
 * Measurements of requests, each as a histogram. `…FromIntended` counts from when the schedule wanted the
 * request to start, the others from when it started. No sample is left out; a request that failed before its
 * first token has none.
 */
export const latenciesSchema = z.strictObject({
  /** Sent → first non-empty text (reasoning counts). */
  ttft: histogram,
  ttftFromIntended: histogram,
  /**
   * (last − first text) / (tokens − 1), one sample a request where it is known: two tokens or more, and no burst.
   */
  interToken: histogram,
  /**
   * From one arrival of text to the next, one sample an arrival; an arrival may hold several tokens. An
   * answer in one piece has no sample.
   */
  gap: histogram,
  /** Sent → last text. */
  e2e: histogram,
  e2eFromIntended: histogram,
  /** Intended → actual start; one sample for each request that started. */
  startDelay: histogram,
})

/** Requests and tokens of a part of the run. A request belongs to the part in which its intended start lies. */
export const tallySchema = z.strictObject({
  /** Requests that the schedule wanted: `started + dropped`. */
  intended: count,
  started: count,
  /** Not started because no user was free. */
  dropped: count,
  /** `started` = succeeded + failed + abandoned + unfinished. */
  succeeded: count,
  failed: count,
  /** The user stopped it or left. */
  abandoned: count,
  /** Still under way when the run was cut short. */
  unfinished: count,
  /**
   * Unfinished requests that had missed no limit yet when someone ended the run. Nobody can say how they
   * would have ended, so goodput and the rate of errors leave them out. Absent in older files.
   */
  undecided: count.optional(),
  promptTokens: count,
  /** Tokens of all answers; of abandoned ones as far as the server reported them. */
  completionTokens: count,
  /** Tokens of the answers that succeeded. */
  succeededPromptTokens: count,
  succeededCompletionTokens: count,
  /**
   * Started requests whose completion tokens are unknown: users left, requests failed, or the server reports none.
   */
  untold: count,
  /** Those whose prompt tokens are unknown; absent in older files, as are the next three. */
  untoldPrompts: count.optional(),
  /** The succeeded answers among these two: the server reports no usage, or a part of it. */
  succeededUntold: count.optional(),
  succeededUntoldPrompts: count.optional(),
  /** Succeeded answers that came in one piece, or in a few large ones: the time between their tokens is unknown. */
  bursts: count.optional(),
  /** Completion tokens of abandoned answers that came after the user had gone. */
  wastedTokens: count,
  /** Requests that met every SLO, and their completion tokens. */
  goodRequests: count,
  goodTokens: count,
  errors: z.array(z.strictObject({ code: z.string(), count, example: z.string() })),
  latencies: latenciesSchema,
})

/** What happened in one interval of the run. */
export const intervalSchema = z.strictObject({
  /** Milliseconds from the run's zero to the interval's start. */
  atMs: ms,
  /**
   * Users in a conversation, and requests under way: the mean over the whole length of the interval. In the
   * last interval the time after the run's end counts as 0. `active` summed over time is the time that all
   * requests took (Little's law).
   */
  users: mean,
  active: mean,
  started: count,
  succeeded: count,
  failed: count,
  abandoned: count,
  dropped: count,
  /** Pieces of text that arrived. Tokens are known only at an answer's end, and are spread over its arrivals. */
  pieces: count,
  tokens: z.number().min(0),
  ttft: histogram.nullable(),
  gap: histogram.nullable(),
})

/** How well the load tester itself kept up. */
export const selfSchema = z.strictObject({
  /** Milliseconds by which the event loop was late, of the worst worker. */
  eventLoopDelayMs: z.strictObject({ p50: ms, p99: ms, max: ms }),
  gc: z.strictObject({ count, totalMs: ms, maxMs: ms }),
  /** CPU seconds of all its threads, and the number of cores that these are over the run. */
  cpuSeconds: z.number(),
  cores: z.number(),
  peakRssBytes: count,
  /** The figures are the client's rather than the server's; `why` names the signs. */
  saturated: z.boolean(),
  why: z.array(z.string()),
})

/** The limits of one request; absent ones are not judged. */
export const sloSchema = z.strictObject({
  /** Milliseconds; a request is good if it meets all that are set. */
  ttftMs: ms.optional(),
  interTokenMs: ms.optional(),
  e2eMs: ms.optional(),
})

/** The format of `run.json`. */
export const runSchema = z.strictObject({
  schema: z.literal(RUN_SCHEMA),
  id: z.uuid(),
  /** The scenario's name. */
  name: z.string(),
  /** Wall clock of the run's zero, milliseconds since 1970; everything else is monotonic and relative to it. */
  startedAt: ms,
  durationMs: ms,
  /**
   * End of the warm-up and beginning of the cool-down. Samples outside are in `whole`, but not in `steadyTally`.
   */
  steady: z.strictObject({ fromMs: ms, untilMs: ms }),
  /** Why the run ended before its plan did; `null` if it did not. */
  cutShort: z.string().nullable(),
  seed: z.int(),
  /** How the run was asked for: the scenario's name or path, and each `--set`; with these it can be run again. */
  asked: z
    .strictObject({
      scenario: z.string(),
      set: z.array(z.string()),
      /** Every flag as it was given, a switch with `null`; absent in older files. */
      flags: z.array(z.tuple([z.string(), z.string().nullable()])).optional(),
      /** Flags and variables that were given and whose values are secret: only the names are stored. */
      secret: z.array(z.string()).optional(),
    })
    .optional(),
  /** Which of how many shards of a load this is; absent if it is the whole load. */
  shard: z.strictObject({ indices: z.array(count).min(1), count: z.int().min(2) }).optional(),
  /** The scenario as it was run, `--set` applied; durations in milliseconds. */
  scenario: z.record(z.string(), z.unknown()),
  generator: z.strictObject({
    version: z.string(),
    node: z.string(),
    cpu: z.string(),
    cores: count,
    workers: count,
    shards: count,
  }),
  target: z.strictObject({
    kind: z.enum(['api', 'openai']),
    /** `true`: the OpenAI server is the `/v1` of a Slicechat API, which stands before the model server. */
    throughApi: z.boolean().optional(),
    url: z.string(),
    model: z.string(),
    transport: z.enum(['websocket', 'sse', 'http']),
    sockets: z.enum(['per-user', 'shared']),
    /** The server says that it is a simulation. */
    simulated: z.boolean(),
  }),
  slo: sloSchema,
  whole: tallySchema,
  /** Only requests whose intended start is between warm-up and cool-down. */
  steadyTally: tallySchema,
  intervalMs: z.number().positive(),
  intervals: z.array(intervalSchema),
  self: selfSchema,
  thresholds: z.array(
    z.strictObject({ expression: z.string(), value: z.number().nullable(), passed: z.boolean() }),
  ),
  witnesses: z.array(witnessSchema),
})

/** One load test, or several shards of one, as `run.json` holds it. */
export type Run = z.infer<typeof runSchema>
/** Counts and latencies of a part of a run. */
export type Tally = z.infer<typeof tallySchema>
/** The encoded histograms of a tally. */
export type Latencies = z.infer<typeof latenciesSchema>
/** What happened in one interval of a run. */
export type Interval = z.infer<typeof intervalSchema>
/** The health of the load tester itself. */
export type Self = z.infer<typeof selfSchema>
/** The limits of one request, in milliseconds. */
export type Slo = z.infer<typeof sloSchema>
