import { z } from 'zod'
import { shownAddress } from '../shown-url.ts'

/** Members that are `null` in the answers of one server are left out by another. */
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

/**
 * `time()` is a scalar in Prometheus, Thanos and Mimir, and in VictoriaMetrics a vector of one, in whole seconds.
 */
const sample = z.tuple([z.number(), z.string()])
const time = z.union([
  z
    .object({ resultType: z.literal('scalar'), result: sample })
    .transform(({ result }) => ({ ms: Number(result[1]) * 1000, withinMs: 0 })),
  z
    .object({ resultType: z.literal('vector'), result: z.tuple([z.object({ value: sample })]) })
    .transform(({ result }) => ({ ms: Number(result[0].value[1]) * 1000, withinMs: 1000 })),
])

/** A server's answer to a query. */
export interface Answer {
  readonly data: unknown
  /** Harmless warnings about the answer. */
  readonly warnings: readonly string[]
  /** Why the answer may be incomplete. */
  readonly missing: readonly string[]
}

/** The server understood the query and has no answer, or its response is no answer of a Prometheus. */
export class AnswerProblem extends Error {
  /** The answer would exceed a limit of the server: ask for less. */
  readonly tooMuch: boolean

  constructor(message: string, tooMuch = false) {
    super(message)
    this.tooMuch = tooMuch
  }
}

/** Messages of Prometheus, VictoriaMetrics, Mimir and Thanos for a query that reads too much, or takes too long. */
const TOO_MUCH =
  /too many samples|timed? ?out|deadline|exceed|maxSamplesPerQuery|hit the (max|aggregated)|err-mimir-max/i
/** Warnings about the way a query is written, and of a Thanos none of whose stores could have the series. */
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
 * The series of an answer, without staleness markers, which VictoriaMetrics shows as samples with the value NaN.
 * @returns `undefined` if the data holds no series
 */
export function seriesOf(data: unknown): RawSeries[] | undefined {
  const read = matrix.safeParse(data)
  return read.data?.result.map(({ metric, values }) => ({
    metric,
    values: values.filter(([, value]) => value !== 'NaN'),
  }))
}

/** The time in an answer, milliseconds since 1970, and how far it may be off; `undefined` if there is none. */
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
