import { request } from 'undici'
import { z } from 'zod'

export interface PrometheusOptions {
  /** With whatever path stands before `/api/v1`. A user and password in it are for basic authentication. */
  readonly url: URL
  readonly bearer?: string | undefined
  /** Label matchers such as `namespace="vllm"`, put into every query. */
  readonly match?: readonly string[] | undefined
}

/** Prometheus could not be asked, or did not like the question; names the query. */
export class PrometheusProblem extends Error {
  /** Its answer would hold more samples than it may: ask for less. */
  readonly tooMuch: boolean

  constructor(message: string, tooMuch = false) {
    super(message)
    this.tooMuch = tooMuch
  }
}

const TIMEOUT_MS = 120_000

const answer = z.object({
  status: z.enum(['success', 'error']),
  data: z.unknown().optional(),
  errorType: z.string().optional(),
  error: z.string().optional(),
  warnings: z.array(z.string()).optional(),
})

const matrix = z.object({
  resultType: z.literal('matrix'),
  result: z.array(
    z.object({
      metric: z.record(z.string(), z.string()),
      values: z.array(z.tuple([z.number(), z.string()])).default([]),
    }),
  ),
})

/** A series as Prometheus stores it: `[seconds since 1970, value]`, ascending. */
export type RawSeries = z.infer<typeof matrix>['result'][number]

/** The HTTP API of a Prometheus, or of what speaks like one (Thanos, Mimir, VictoriaMetrics). */
export class PrometheusConnection {
  /** Without user and password. */
  readonly url: string
  readonly #headers: Record<string, string>
  readonly #warnings = new Set<string>()

  constructor({ url, bearer }: PrometheusOptions) {
    const bare = new URL(url)
    ;[bare.username, bare.password, bare.search, bare.hash] = ['', '', '', '']
    this.url = bare.href.replace(/\/$/, '')
    this.#headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
    const basic = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    if (bearer !== undefined) this.#headers['authorization'] = `Bearer ${bearer}`
    else if (url.username !== '')
      this.#headers['authorization'] = `Basic ${Buffer.from(basic).toString('base64')}`
  }

  /** What it warned of, each once, with the query. */
  get warnings(): readonly string[] {
    return [...this.#warnings]
  }

  /**
   * The samples of a selector as they were scraped, with their own times, from `untilMs - rangeMs` to `untilMs`. Nothing
   * is interpolated or extrapolated, as it is by `increase()` and by `query_range`; markers of staleness are left out.
   *
   * @param selector without a range
   * @throws {PrometheusProblem}
   */
  async samples(selector: string, untilMs: number, rangeMs: number): Promise<RawSeries[]> {
    const query = `${selector}[${Math.max(1, Math.ceil(rangeMs))}ms]`
    const data = await this.#ask({ query, time: (untilMs / 1000).toFixed(3) })
    const read = matrix.safeParse(data)
    if (!read.success) throw new PrometheusProblem(`${short(query)}: not the samples that were asked for`)
    return read.data.result
  }

  /** By how much its clock is ahead of this machine's, and how far that may be off; milliseconds. */
  async clockAhead(): Promise<{ aheadMs: number; withinMs: number }> {
    const before = Date.now()
    const read = z
      .object({ result: z.tuple([z.number(), z.string()]) })
      .safeParse(await this.#ask({ query: 'time()' }))
    const after = Date.now()
    if (!read.success) throw new PrometheusProblem('time(): not the time that was asked for')
    const theirs = Number(read.data.result[1]) * 1000
    return { aheadMs: theirs - (before + after) / 2, withinMs: (after - before) / 2 }
  }

  async #ask(form: { query: string; time?: string }): Promise<unknown> {
    const asked = short(form.query)
    const { statusCode, text } = await this.#post(new URLSearchParams(form).toString())
    const read = answer.safeParse(jsonOf(text))
    if (!read.success) throw new PrometheusProblem(notPrometheus(statusCode))
    const { status, error, errorType, warnings, data } = read.data
    for (const warning of warnings ?? []) this.#warnings.add(`Prometheus warns of ${asked}: ${warning}`)
    if (status === 'success') return data
    const message = `${asked}: ${errorType ?? 'error'}: ${error ?? `HTTP ${statusCode}`}`
    throw new PrometheusProblem(message, /too many samples|timed? ?out|exceed/i.test(error ?? ''))
  }

  async #post(body: string): Promise<{ statusCode: number; text: string }> {
    try {
      const response = await request(`${this.url}/api/v1/query`, {
        method: 'POST',
        headers: this.#headers,
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      return { statusCode: response.statusCode, text: await response.body.text() }
    } catch (error) {
      const code = (error as { code?: string }).code
      const why = code === 'ECONNREFUSED' ? 'connection refused' : (error as Error).message
      throw new PrometheusProblem(`does not answer: ${why}`)
    }
  }
}

function notPrometheus(statusCode: number): string {
  if (statusCode === 401 || statusCode === 403)
    return `HTTP ${statusCode}: give --prometheus-bearer-file, or a user and password in the URL`
  return `HTTP ${statusCode} with something that is no answer of Prometheus; is the URL what stands before /api/v1?`
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Queries name every family; a person needs the beginning and the end. */
const short = (query: string): string =>
  query.length <= 120 ? query : `${query.slice(0, 70)} … ${query.slice(-45)}`
