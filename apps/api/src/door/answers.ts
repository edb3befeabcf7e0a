import type { ServerResponse } from 'node:http'
import type { RunningAnswer, Usage } from '@slicechat/contract'
import type { ChatMetrics } from '@slicechat/metrics'
import { StreamMeter } from '@slicechat/metrics/reading'
import type { Principal } from '../access/access.ts'
import type { BudgetReservation } from '../access/budgets/budget-reservation.ts'
import { type Budgets, dayOf } from '../access/budgets/budgets.ts'
import { rateLimitHeaders } from '../access/budgets/rate-limit-headers.ts'
import { CodedError, OPERATOR_ERRORS, unexpected } from '../errors.ts'
import type { Admission } from '../generations/admission.ts'
import { isOfUpstream, isRefusal } from '../generations/outcome.ts'
import { unlessEnded } from '../generations/unless-ended.ts'
import type { Logger } from '../logger.ts'
import type { UsageStore } from '../store/usage.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { AnswerWriter } from './answer-writer.ts'
import type { DoorRequest } from './request.ts'
import { Running, shuttingDown } from './running.ts'
import { UsageQueue } from './usage-queue.ts'

/** What the answers of the door need. */
export interface DoorAnswersOptions {
  admission: Admission
  budgets: Budgets
  upstream: Upstream
  metrics: ChatMetrics
  log: Logger
  usage: UsageStore
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

/** How long the end of answers waits for a store that fails. */
const MAX_WRITE_MS = 5_000

/**
 * The answers that pass through. They share the places and the budgets of the typed API, but of them only what they used is
 * stored: an answer lives as long as its connection.
 */
export class DoorAnswers {
  readonly #options: DoorAnswersOptions
  /** By the id under which the model server knows them. */
  readonly #running = new Map<string, Running>()
  readonly #used: UsageQueue
  #draining = false

  constructor(options: DoorAnswersOptions) {
    this.#options = options
    this.#used = new UsageQueue(options.usage, options.log)
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
    const running = new Running(principal.owner, upstream.likely(request.model))
    this.#running.set(id, running)
    const writer = new AnswerWriter(response, this.#options.orphanTimeoutMs, (reason) => running.end(reason))
    if (response.destroyed) running.end('left')
    try {
      await this.#answer(call, id, running, budget, writer)
    } finally {
      this.#running.delete(id)
    }
  }

  /** The answers that run or wait here, of all owners; never their text. */
  running(): Omit<RunningAnswer, 'label'>[] {
    return [...this.#running.values()].map(({ about }) => ({ ...about }))
  }

  /** Stops a running answer: its caller gets an error. @returns whether this call ended it. @throws {CodedError} NOT_FOUND */
  stop(owner: string, id: string): Promise<boolean> {
    const running = [...this.#running.values()].find(({ about }) => about.owner === owner && about.id === id)
    if (running === undefined) throw new CodedError('NOT_FOUND', 'There is no such running answer.')
    return Promise.resolve(running.end('stopped'))
  }

  /** Stops all running answers of an owner, and waits until what they used is stored, for at most five seconds. */
  async stopAll(owner: string): Promise<void> {
    const own = (): Running[] => [...this.#running.values()].filter(({ about }) => about.owner === owner)
    const last = performance.now() + MAX_WRITE_MS
    for (const running of own()) running.end('stopped')
    while (own().length > 0 && performance.now() < last) await step()
    await this.#used.empty(last - performance.now())
  }

  /**
   * Refuses new answers, gives running ones `graceMs` to end by themselves, then interrupts them. Resolves when what they used is
   * stored, or when the store has failed for five seconds.
   */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true
    const until = performance.now() + graceMs
    while (this.#running.size > 0 && performance.now() < until) await step()
    for (const running of this.#running.values()) running.end('interrupted')
    while (this.#running.size > 0) await step()
    await this.#used.empty(MAX_WRITE_MS)
  }

  async #answer(
    { principal, acceptedAt, path, request, requestId }: DoorCall,
    id: string,
    running: Running,
    budget: BudgetReservation,
    writer: AnswerWriter,
  ): Promise<void> {
    const { signal } = running
    const { admission, upstream, metrics, log } = this.#options
    const meter = new StreamMeter(undefined, acceptedAt)
    let model = upstream.likely(request.model)
    let usage: Usage | undefined
    let pieces = 0
    /** As well as they are known: each piece has a token or more. */
    const tokensUsed = (): Usage => usage ?? { promptTokens: request.tokens.prompt, completionTokens: pieces }
    budget.follow(() => sum(tokensUsed()))
    let asked = false
    let leave: (() => void) | undefined
    let status: 'success' | 'error' | 'cancelled' | 'rejected' = 'success'
    let failure: CodedError | undefined
    try {
      leave = await admission.enter(principal.owner, () => {}, signal)
      meter.admitted()
      running.about.status = 'running'
      model = await unlessEnded(signal, upstream.resolve(request.model))
      running.about.model = model
      asked = true
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
      const reason = running.endReason
      if (reason === 'left' || reason === 'stuck') status = 'cancelled'
      else if (reason === 'stopped') {
        status = 'cancelled'
        writer.fail(new CodedError('FORBIDDEN', 'An admin has stopped this answer.'))
      } else {
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
    const isUnused = !asked || (status === 'error' && usage === undefined && pieces === 0)
    const tokens = isUnused ? NOTHING : tokensUsed()
    budget.settle(sum(tokens))
    // What used nothing is not counted, so that names of models that do not exist add no rows.
    if (!isUnused) {
      const { owner, keyId: key = '' } = principal
      this.#used.add({ day: dayOf(Date.now()), owner, key, model, answers: request.answers, ...tokens })
    }
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

const NOTHING: Usage = { promptTokens: 0, completionTokens: 0 }
const sum = ({ promptTokens, completionTokens }: Usage): number => promptTokens + completionTokens
const step = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))
