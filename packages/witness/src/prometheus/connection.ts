import { request } from 'undici'
import { AnswerProblem, type RawSeries, readAnswer, seriesOf, timeOf } from './answer.ts'

/** A Prometheus, or a server with its HTTP API, and how it is asked. */
export interface PrometheusOptions {
  /** With any path before `/api/v1`. A user and password in it are for basic authentication. */
  readonly url: URL
  readonly bearer?: string | undefined
  /** Sent with every query, such as Mimir's `X-Scope-OrgID`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Label matchers such as `namespace="vllm"`, added to every query. */
  readonly match?: readonly string[] | undefined
}

/** Prometheus could not be asked, or refused the query; the message names the query. */
export class PrometheusProblem extends Error {
  /** The answer would exceed a limit of the server: ask for less. */
  readonly tooMuch: boolean

  constructor(message: string, tooMuch = false) {
    super(message)
    this.tooMuch = tooMuch
  }
}

const TIMEOUT_MS = 120_000

interface Response {
  readonly statusCode: number
  readonly text: string
  readonly location: string | undefined
}

/** Client of the HTTP API of a Prometheus, or of a server that is compatible (Thanos, Mimir, VictoriaMetrics). */
export class PrometheusConnection {
  /** Without user and password. */
  readonly url: string
  readonly #headers: Record<string, string>
  readonly #warnings = new Set<string>()
  readonly #missing = new Set<string>()
  #method: 'POST' | 'GET' = 'POST'

  constructor({ url, bearer, headers }: PrometheusOptions) {
    const bare = new URL(url)
    ;[bare.username, bare.password, bare.search, bare.hash] = ['', '', '', '']
    this.url = bare.href.replace(/\/$/, '')
    this.#headers = { accept: 'application/json' }
    const basic = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    if (bearer !== undefined) this.#headers['authorization'] = `Bearer ${bearer}`
    else if (url.username !== '')
      this.#headers['authorization'] = `Basic ${Buffer.from(basic).toString('base64')}`
    Object.assign(this.#headers, headers)
  }

  /** Its warnings, each once, with the query. */
  get warnings(): readonly string[] {
    return [...this.#warnings]
  }

  /** Why its answers may be incomplete, each once, with the query; empty: they are complete. */
  get missing(): readonly string[] {
    return [...this.#missing]
  }

  /**
   * The samples of a selector as they were scraped, with their own times, from `untilMs - rangeMs` to
   * `untilMs`. Unlike with `increase()` and `query_range`, nothing is interpolated or extrapolated; staleness
   * markers are left out.
   * @param selector without a range
   * @throws {PrometheusProblem}
   */
  async samples(selector: string, untilMs: number, rangeMs: number): Promise<RawSeries[]> {
    const query = `${selector}[${Math.max(1, Math.ceil(rangeMs))}ms]`
    const series = seriesOf(await this.#ask({ query, time: (untilMs / 1000).toFixed(3) }))
    if (series === undefined)
      throw new PrometheusProblem(`${short(query)}: not the samples that were asked for`)
    return series
  }

  /**
   * How far its clock is ahead of this machine's, and how far that may be off; milliseconds.
   * @returns `undefined` if it does not tell its time
   */
  async clockAhead(): Promise<{ aheadMs: number; withinMs: number } | undefined> {
    const before = Date.now()
    const theirs = timeOf(await this.#ask({ query: 'time()' }))
    const after = Date.now()
    if (theirs === undefined) return undefined
    const withinMs = (after - before) / 2 + theirs.withinMs
    return { aheadMs: theirs.ms - (before + after) / 2, withinMs }
  }

  async #ask(form: { query: string; time?: string }): Promise<unknown> {
    const asked = short(form.query)
    // Without `nocache` VictoriaMetrics hides the last 30 s, and its time is 30 s behind.
    const { statusCode, text, location } = await this.#send(
      new URLSearchParams({ ...form, nocache: '1' }).toString(),
    )
    try {
      const { data, warnings, missing } = readAnswer(statusCode, text, location)
      for (const warning of warnings) this.#warnings.add(`Prometheus warns of ${asked}: ${warning}`)
      for (const why of missing) this.#missing.add(`${asked}: ${why}`)
      return data
    } catch (error) {
      if (!(error instanceof AnswerProblem)) throw error
      throw new PrometheusProblem(`${asked}: ${error.message}`, error.tooMuch)
    }
  }

  /** Sends a query as a form, since queries are long. If a proxy allows only GET, uses GET from then on. */
  async #send(form: string): Promise<Response> {
    const method = this.#method
    const answer = await this.#request(method, form)
    if (answer.statusCode !== 405 || method === 'GET') return answer
    this.#method = 'GET'
    return this.#request('GET', form)
  }

  async #request(method: 'POST' | 'GET', form: string): Promise<Response> {
    const url = `${this.url}/api/v1/query`
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    try {
      const { statusCode, headers, body } = await (method === 'GET'
        ? request(`${url}?${form}`, { headers: this.#headers, signal })
        : request(url, { method: 'POST', headers: { ...this.#headers, ...type }, body: form, signal }))
      const location = typeof headers['location'] === 'string' ? headers['location'] : undefined
      return { statusCode, text: await body.text(), location }
    } catch (error) {
      throw new PrometheusProblem(`does not answer: ${whyOf(error)}`)
    }
  }
}

function whyOf(error: unknown): string {
  const { code, message, name } = error as { code?: string; message: string; name: string }
  if (code === 'ECONNREFUSED') return 'connection refused'
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return 'the connection was cut'
  if (name === 'TimeoutError') return `nothing within ${TIMEOUT_MS / 1000} s`
  return message
}

/** A query shortened for messages: it names every family, and a reader needs only its beginning and its end. */
const short = (query: string): string =>
  query.length <= 120 ? query : `${query.slice(0, 70)} … ${query.slice(-45)}`
