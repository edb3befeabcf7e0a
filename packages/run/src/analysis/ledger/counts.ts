import { API_ERRORS, CLIENT_ERRORS, type Counted, type ErrorCode, omitUndefined } from '@slicechat/contract'
import type { HistogramData } from '@slicechat/metrics/reading'
import { CHAT_METRICS } from '@slicechat/metrics/reading'
import { LatencyHistogram } from '../../histogram/latency-histogram.ts'
import type { Run, Tally } from '../../schema/run.ts'
import type { ServerMetrics } from '../../server-metrics/server-metrics.ts'
import { isThroughApi } from '../../schema/through-api.ts'

/** The client's requests and tokens, with failures split by how the API counts them. */
export interface ClientCounts extends Tally {
  /** Refused by the API before there was a generation: the API counts none of them. */
  readonly refused: number
  /** Turned away by a budget or by the API's queue, while it shut down, or because its storage was full. */
  readonly turnedAway: number
  /** Failed in a way that only the client knows: how the API counted them is open. */
  readonly lost: number
  /** Failed as the API reported it. */
  readonly failedAtApi: number
  /**
   * Answers without text, which are in `failedAtApi` or `lost`: a model server counts a success, and so do older APIs.
   */
  readonly empty: number
  /** Samples of `startDelay`: one for each request that started. */
  readonly startDelays: number
}

const ERRORS = new Map<string, { counted: Counted }>(Object.entries({ ...API_ERRORS, ...CLIENT_ERRORS }))
const EMPTY = 'EMPTY' satisfies ErrorCode
const RATE_LIMITED = 'RATE_LIMITED' satisfies ErrorCode

/** Errors of the model server with a code that the API also uses otherwise. */
type UpstreamErrors = Pick<ApiCounts, 'empty' | 'rateLimited'>

/** @param upstream what the API counted as errors of the model server */
function clientCounts(tally: Tally, upstream: UpstreamErrors): ClientCounts {
  const failures = (belongs: (code: string) => boolean): number =>
    tally.errors.filter(({ code }) => belongs(code)).reduce((sum, { count }) => sum + count, 0)
  const countedAs = (counted: Counted): number => failures((code) => ERRORS.get(code)?.counted === counted)
  const refused = countedAs('not')
  const empty = failures((code) => code === EMPTY)
  /** Of the answers over a limit: those that the model server refused. The API's own budgets turned the others away. */
  const limitedByServer = Math.min(
    failures((code) => code === RATE_LIMITED),
    upstream.rateLimited,
  )
  const turnedAway = countedAs('rejected') - limitedByServer
  const failedAtApi = countedAs('error') - empty + Math.min(empty, upstream.empty) + limitedByServer
  return {
    ...tally,
    refused,
    turnedAway,
    failedAtApi,
    empty,
    lost: Math.max(0, tally.failed - refused - turnedAway - failedAtApi),
    startDelays: LatencyHistogram.decode(tally.latencies.startDelay).count,
  }
}

/** Requests that ran to their end, from the histograms of sizes. */
export interface WholeRequests {
  readonly requests: number
  readonly prompt: number
  readonly completion: number
  readonly sizes: { readonly prompt: HistogramData; readonly completion: HistogramData }
}

function wholeRequests(prompt: HistogramData | null, completion: HistogramData | null): WholeRequests | null {
  if (!prompt || !completion) return null
  const sizes = { prompt, completion }
  return { requests: completion.count, prompt: prompt.sum, completion: completion.sum, sizes }
}

/** What the API counted; `null` where its page has no such metric. */
export interface ApiCounts {
  readonly success: number
  readonly error: number
  readonly cancelled: number
  readonly rejected: number
  readonly prompt: number
  readonly completion: number
  /** Successful answers alone, from the size histograms. */
  readonly finished: WholeRequests | null
  /** Answers without text, which are among the errors. */
  readonly empty: number
  /** Answers that the model server refused because of its rate limit, which are among the errors. */
  readonly rateLimited: number
  /** Successful answers of unknown size: the model server reports no usage, or a part of it. */
  readonly untold: number
  readonly firstTokens: number | null
  readonly admitted: number | null
  /** Active or queued when the window began and ended. */
  readonly inFlight: { readonly start: number; readonly end: number }
}

/** @returns `null` when there is no API, or its page lacks the counters */
function apiCounts(api: ServerMetrics): ApiCounts | null {
  const requests = (status: string): number | null => api.growth([CHAT_METRICS.requests.name], { status })
  const tokens = (kind: string): number | null => api.growth([CHAT_METRICS.tokens.name], { kind })
  const upstreamErrors = (code: string): number =>
    api.growth([CHAT_METRICS.upstreamErrors.name], { code }) ?? 0
  const [success, error, cancelled, rejected] = ['success', 'error', 'cancelled', 'rejected'].map(requests)
  const [prompt, completion] = ['prompt', 'completion'].map(tokens)
  if (success == null || error == null || cancelled == null || rejected == null) return null
  if (prompt == null || completion == null) return null
  const finished = wholeRequests(
    api.histogram([CHAT_METRICS.promptTokens.name]),
    api.histogram([CHAT_METRICS.completionTokens.name]),
  )
  return {
    success,
    error,
    cancelled,
    rejected,
    prompt,
    completion,
    finished,
    empty: Math.min(error, upstreamErrors(EMPTY)),
    rateLimited: Math.min(error, upstreamErrors(RATE_LIMITED)),
    untold: finished === null ? 0 : Math.max(0, success - finished.requests),
    firstTokens: api.histogram([CHAT_METRICS.firstToken.name])?.count ?? null,
    admitted: api.histogram([CHAT_METRICS.queueWait.name])?.count ?? null,
    inFlight: api.edges([CHAT_METRICS.active.name, CHAT_METRICS.queued.name]),
  }
}

/** What vLLM counted; `null` where the build has no such metric. */
export interface EngineCounts {
  /** Requests that the model ended, or that reached their limit. */
  readonly success: number
  /** Counted by `request_success` with the reasons `error` and `abort`, which most builds never do. */
  readonly error: number
  readonly abort: number
  readonly prompt: number
  readonly completion: number
  /** Whole requests alone: aborted ones are in none of the histograms of whole requests. */
  readonly finished: WholeRequests | null
  readonly firstTokens: number | null
  /** Outputs of the engine except the first of each request; each has one token or more. */
  readonly laterOutputs: number | null
  readonly admissionRejections: number
  /** Running or waiting when the window began and ended. */
  readonly inFlight: { readonly start: number; readonly end: number }
}

/** @returns `null` when there is no vLLM, or its page lacks the counters */
function engineCounts(engine: ServerMetrics): EngineCounts | null {
  const ended = (reason?: string): number | null =>
    engine.growth(['vllm:request_success_total'], omitUndefined({ finished_reason: reason }))
  const all = ended()
  const prompt = engine.growth(['vllm:prompt_tokens_total'])
  const completion = engine.growth(['vllm:generation_tokens_total'])
  if (all === null || prompt === null || completion === null) return null
  const error = ended('error') ?? 0
  const abort = ended('abort') ?? 0
  return {
    success: all - error - abort,
    error,
    abort,
    prompt,
    completion,
    finished: wholeRequests(
      engine.histogram(['vllm:request_prompt_tokens']),
      engine.histogram(['vllm:request_generation_tokens']),
    ),
    firstTokens: engine.histogram(['vllm:time_to_first_token_seconds'])?.count ?? null,
    laterOutputs: engine.histogram(['vllm:inter_token_latency_seconds'])?.count ?? null,
    admissionRejections: engine.growth(['vllm:admission_rejections_total']) ?? 0,
    inFlight: engine.edges(['vllm:num_requests_running', 'vllm:num_requests_waiting']),
  }
}

/** All counts of which the ledger is made. */
export interface Counts {
  readonly client: ClientCounts
  readonly api: ApiCounts | null
  readonly vllm: EngineCounts | null
}

/** Collects the counts of the client, and of each server that a witness of the run saw. */
export function countsOf(run: Run, api: ServerMetrics, engine: ServerMetrics): Counts {
  const counted = isThroughApi(run) ? apiCounts(api) : null
  return {
    client: clientCounts(run.whole, counted ?? { empty: 0, rateLimited: 0 }),
    api: counted,
    vllm: engineCounts(engine),
  }
}
