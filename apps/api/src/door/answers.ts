import type { ServerResponse } from 'node:http'
import type { Usage } from '@slicechat/contract'
import type { ChatMetrics } from '@slicechat/metrics'
import { StreamMeter } from '@slicechat/metrics/reading'
import type { Principal } from '../access/access.ts'
import type { BudgetReservation } from '../access/budgets/budget-reservation.ts'
import type { Budgets } from '../access/budgets/budgets.ts'
import { rateLimitHeaders } from '../access/budgets/rate-limit-headers.ts'
import { CodedError, OPERATOR_ERRORS, unexpected } from '../errors.ts'
import type { Admission } from '../generations/admission.ts'
import { isOfUpstream, isRefusal } from '../generations/outcome.ts'
import { unlessEnded } from '../generations/unless-ended.ts'
import type { Logger } from '../logger.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { AnswerWriter } from './answer-writer.ts'
import type { DoorRequest } from './request.ts'

/** What the answers of the door need. */
export interface DoorAnswersOptions {
  admission: Admission
  budgets: Budgets
  upstream: Upstream
  metrics: ChatMetrics
  log: Logger
  /** Time after which a reader that takes nothing counts as gone. */
  orphanTimeoutMs: number
}

/** One call of the door that is admitted to the API. */
export interface DoorCall {
  principal: Principal
  requestId: string
  /** Time of the call's arrival, by `performance.now`. */
  acceptedAt: number
  /** Such as `/chat/completions`. */
  path: string
  request: DoorRequest
}

/** Why an answer ended before the model ended it. `interrupted`: by the end of the API. */
type EndReason = 'left' | 'stuck' | 'interrupted'

const shuttingDown = (): CodedError =>
  new CodedError('SHUTTING_DOWN', 'The API is about to stop. Try again shortly.')

/**
 * The answers that pass through. They share the places of the typed API, but nothing of them is stored: an answer lives as
 * long as its connection.
 */
export class DoorAnswers {
  readonly #options: DoorAnswersOptions
  /** By the id under which the model server knows them. */
  readonly #running = new Map<string, (reason: EndReason) => void>()
  #draining = false

  constructor(options: DoorAnswersOptions) {
    this.#options = options
  }

  /**
   * Passes one answer through, to its end. Every end is counted here, once.
   * @throws {CodedError} SHUTTING_DOWN, RATE_LIMITED, QUEUE_FULL
   */
  async run(call: DoorCall, response: ServerResponse): Promise<void> {
    const { admission, budgets, metrics, upstream } = this.#options
    const { principal, request } = call
    let budget: BudgetReservation | undefined
    try {
      if (this.#draining) throw shuttingDown()
      budget = await budgets.enter(principal, () => request.tokens.expected)
      await this.#tellBudget(principal, response)
      await admission.reserve()
    } catch (error) {
      if (budget === undefined) await this.#tellBudget(principal, response).catch(() => {})
      else budget.cancel()
      const model = upstream.likely(request.model)
      metrics.countGeneration({ door: 'openai', model, status: 'rejected' })
      throw error
    }
    const id = this.#freeId(call.requestId)
    const abort = new AbortController()
    let ended: EndReason | undefined
    const end = (reason: EndReason): void => {
      ended ??= reason
      abort.abort(reason === 'interrupted' ? shuttingDown() : new Error(reason))
    }
    this.#running.set(id, end)
    const writer = new AnswerWriter(response, this.#options.orphanTimeoutMs, end)
    if (response.destroyed) end('left')
    try {
      await this.#answer(call, id, budget, writer, abort.signal, () => ended)
    } finally {
      this.#running.delete(id)
    }
  }

  /** Refuses new answers, gives running ones `graceMs` to end by themselves, then interrupts them. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true
    const until = performance.now() + graceMs
    const step = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))
    while (this.#running.size > 0 && performance.now() < until) await step()
    for (const end of this.#running.values()) end('interrupted')
    while (this.#running.size > 0) await step()
  }

  async #answer(
    { principal, acceptedAt, path, request, requestId }: DoorCall,
    id: string,
    budget: BudgetReservation,
    writer: AnswerWriter,
    signal: AbortSignal,
    ended: () => EndReason | undefined,
  ): Promise<void> {
    const { admission, upstream, metrics, log } = this.#options
    const meter = new StreamMeter(undefined, acceptedAt)
    let model = upstream.likely(request.model)
    let usage: Usage | undefined
    let pieces = 0
    /** As well as they are known: each piece has a token or more. */
    const tokensUsed = (): number =>
      usage === undefined ? request.tokens.prompt + pieces : usage.promptTokens + usage.completionTokens
    budget.follow(tokensUsed)
    let leave: (() => void) | undefined
    let status: 'success' | 'error' | 'cancelled' | 'rejected' = 'success'
    let failure: CodedError | undefined
    try {
      leave = await admission.enter(principal.owner, () => {}, signal)
      meter.admitted()
      model = await unlessEnded(signal, upstream.resolve(request.model))
      const { stream, wantsUsage, answers } = request
      await upstream.relay(
        {
          ...{ requestId: id, model, path, stream, wantsUsage, answers },
          body: (withUsage) => request.body(model, withUsage),
        },
        {
          sent: () => meter.sent(),
          arrived: () => {
            pieces++
            meter.arrived()
          },
          usage: (counted) => (usage = counted),
          pass: (bytes) => writer.pass(bytes),
          told: () => writer.told(),
          whole: (bytes) => writer.whole(bytes),
        },
        signal,
      )
      writer.end()
    } catch (error) {
      const reason = ended()
      if (reason === 'left' || reason === 'stuck') status = 'cancelled'
      else {
        failure =
          reason === 'interrupted' ? shuttingDown() : error instanceof CodedError ? error : unexpected(error)
        status = isRefusal(failure.code) && leave === undefined ? 'rejected' : 'error'
        if (OPERATOR_ERRORS.has(failure.code)) log.error({ err: error, requestId }, 'generation failed')
        if (isOfUpstream(failure.code)) metrics.upstreamError(failure.code)
        writer.fail(failure)
      }
    } finally {
      leave?.()
    }
    const isUnused = leave === undefined || (status === 'error' && usage === undefined && pieces === 0)
    budget.settle(isUnused ? 0 : tokensUsed())
    const timings = meter.timings(usage?.completionTokens)
    // Answers side by side bring their tokens together, so the time between the tokens of one is not known.
    const counted = request.answers === 1 ? timings : { ...timings, interTokenMsMean: null }
    metrics.countGeneration({ door: 'openai', model, status, timings: counted, usage })
    log.info(
      {
        ...{ requestId, door: 'openai', owner: principal.owner, model, status },
        ...(failure === undefined ? {} : { code: failure.code }),
        ...{ usage, timings: counted },
      },
      'generation finished',
    )
  }

  /** Tells a caller with limits what is left of them. */
  async #tellBudget({ owner, keyId }: Principal, response: ServerResponse): Promise<void> {
    const lines = rateLimitHeaders(await this.#options.budgets.status({ owner, keyId }))
    if (!response.headersSent) for (const [name, value] of lines) response.setHeader(name, value)
  }

  /** An id that no running answer has: the model server refuses a second one, and callers may choose theirs. */
  #freeId(requestId: string): string {
    let id = requestId
    for (let more = 2; this.#running.has(id); more++) id = `${requestId}_${more}`
    return id
  }
}
