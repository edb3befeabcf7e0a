import { z } from 'zod'
import { shownAddress } from '../shown-url.ts'

/** Members that are `null` in one program are left out in another. */
const envelope = z.object({
  status: z.enum(['success', 'error']),
  data: z.unknown().optional(),
  errorType: z.string().nullish(),
  error: z.string().nullish(),
  warnings: z.array(z.string()).nullish(),
  /** VictoriaMetrics: some of its storage nodes did not answer. */
  isPartial: z.boolean().nullish(),
})

const matrix = z.object({
  resultType: z.literal('matrix'),
  result: z
    .array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z
          .array(z.tuple([z.number(), z.string()]))
          .nullish()
          .transform((values) => values ?? []),
      }),
    )
    .nullish()
    .transform((result) => result ?? []),
})

/** A series as Prometheus stores it: `[seconds since 1970, value]`, ascending. */
export type RawSeries = z.infer<typeof matrix>['result'][number]

/** `time()` is a scalar to Prometheus, Thanos and Mimir, and to VictoriaMetrics a vector of one, in whole seconds. */
const sample = z.tuple([z.number(), z.string()])
const time = z.union([
  z
    .object({ resultType: z.literal('scalar'), result: sample })
    .transform(({ result }) => ({ ms: Number(result[1]) * 1000, withinMs: 0 })),
  z
    .object({ resultType: z.literal('vector'), result: z.tuple([z.object({ value: sample })]) })
    .transform(({ result }) => ({ ms: Number(result[0].value[1]) * 1000, withinMs: 1000 })),
])

/** What a server answered to a query. */
export interface Answer {
  readonly data: unknown
  /** What it says of the answer, and does no harm. */
  readonly warnings: readonly string[]
  /** Why something may be missing from it. */
  readonly missing: readonly string[]
}

/** The question was understood, and there is no answer; or what came is none. */
export class AnswerProblem extends Error {
  /** The answer would hold more than it may: ask for less. */
  readonly tooMuch: boolean

  constructor(message: string, tooMuch = false) {
    super(message)
    this.tooMuch = tooMuch
  }
}

/** Sentences of Prometheus, VictoriaMetrics, Mimir and Thanos for a query that reads more than it may, or takes too long. */
const TOO_MUCH =
  /too many samples|timed? ?out|deadline|exceed|maxSamplesPerQuery|hit the (max|aggregated)|err-mimir-max/i
/** Warnings about the way a query is written, and of a Thanos none of whose stores could have such series. */
const HARMLESS = /^PromQL |No StoreAPIs matched/

/** @throws {AnswerProblem} */
export function readAnswer(statusCode: number, text: string, location?: string): Answer {
  if (statusCode >= 300 && statusCode < 400)
    throw new AnswerProblem(
      `HTTP ${statusCode}: it is at ${location === undefined ? 'another address' : shownAddress(location)} now`,
    )
  const json = jsonOf(text)
  const read = envelope.safeParse(json)
  if (!read.success) throw new AnswerProblem(notPrometheus(statusCode, text, json), statusCode === 504)
  const { status, error, errorType, warnings, isPartial, data } = read.data
  if (status === 'error')
    throw new AnswerProblem(
      `${errorType ?? 'error'}: ${error ?? `HTTP ${statusCode}`}`,
      TOO_MUCH.test(error ?? ''),
    )
  const all = warnings ?? []
  return {
    data,
    warnings: all.filter((warning) => HARMLESS.test(warning)),
    missing: [
      ...all.filter((warning) => !HARMLESS.test(warning)),
      ...(isPartial === true ? ['the answer is partial: not all of its storage answered'] : []),
    ],
  }
}

/**
 * The series of an answer, without markers of staleness: VictoriaMetrics shows them as samples that are no number.
 * @returns `undefined` when they are none
 */
export function seriesOf(data: unknown): RawSeries[] | undefined {
  const read = matrix.safeParse(data)
  return read.data?.result.map(({ metric, values }) => ({
    metric,
    values: values.filter(([, value]) => value !== 'NaN'),
  }))
}

/** The time that an answer tells, milliseconds since 1970, and how far that may be off; `undefined`: it tells none. */
export const timeOf = (data: unknown): z.infer<typeof time> | undefined => time.safeParse(data).data

function notPrometheus(statusCode: number, text: string, json: unknown): string {
  const http = `HTTP ${statusCode}`
  if (/no org ?id/i.test(text))
    return `${http}: it has tenants; give --prometheus-header X-Scope-OrgID=TENANT`
  if (statusCode === 401 || statusCode === 403)
    return `${http}: give --prometheus-bearer-file, --prometheus-header, or a user and password in the URL`
  const said = (json as { message?: unknown } | null | undefined)?.message
  if (typeof said === 'string') return `${http}: ${said.slice(0, 200)}`
  if (statusCode >= 500) return `${http} with something that is no answer of Prometheus`
  if (statusCode === 200 && json === undefined && text.trimStart().startsWith('{'))
    return 'its answer breaks off'
  return `${http} with something that is no answer of Prometheus; is the URL what stands before /api/v1? (of Mimir that ends in /prometheus)`
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
