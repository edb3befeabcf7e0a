import type { RequestFault } from '../faults/fault.ts'
import { splitWriter } from '../faults/split-writer.ts'
import { flood } from './flood.ts'
import { errorOf, plainFault, preludeFault, refuseStream } from '../faults/response-faults.ts'
import { badValue, ENGINE_DEAD, unknownModel } from '../http/failure.ts'
import type { Exchange } from '../http/exchange.ts'
import { RequestRecord } from '../metrics/request-record.ts'
import type { SimulatorContext } from '../simulator-context.ts'
import { seedOf } from '../text/random.ts'
import { promptTokens } from '../tokens/template.ts'
import { Admission } from './admission.ts'
import { decideAnswer, lastUserMessage, type Answer } from './answer.ts'
import { ChatStream } from './chat-stream.ts'
import { ChunkWriter } from './chunk-writer.ts'
import { plainBody, PlainCompletion } from './plain-completion.ts'
import { PromptCounts } from './prompt-counts.ts'
import { parseChatRequest, tooFewTokens, type ChatRequest } from './request.ts'

interface Job {
  readonly exchange: Exchange
  readonly request: ChatRequest
  readonly answer: Answer
  readonly record: RequestRecord
  readonly id: string
  readonly created: number
  readonly promptIds: readonly number[]
  readonly fault: RequestFault | undefined
}

/** Serves `POST /v1/chat/completions`. */
export class ChatHandler {
  readonly #context: SimulatorContext
  readonly #counts = new PromptCounts()
  readonly #admission: Admission
  /** Running requests, which fail when the engine dies. */
  readonly #open = new Set<ChatStream | PlainCompletion>()

  constructor(context: SimulatorContext) {
    this.#context = context
    this.#admission = new Admission(context)
    context.faults.onOutage((outage) => {
      if (outage === 'engine-dead') for (const request of [...this.#open]) request.fail(ENGINE_DEAD)
    })
  }

  /** Answers the request. @throws {Failure} before anything was sent */
  handle(exchange: Exchange, body: string): void {
    const { configuration, metrics, faults } = this.#context
    const { request, checkRanges } = parseChatRequest(body)
    const { servedModelName, maxModelLen } = configuration
    if (request.model !== undefined && request.model !== servedModelName)
      throw unknownModel(request.model, servedModelName)
    const fault = faults.take(lastUserMessage(request.turns))
    if (preludeFault(exchange, fault)) return
    if (faults.has('engine-dead')) return exchange.error(ENGINE_DEAD)
    this.#admission.preflight()
    checkRanges(maxModelLen)
    const promptIds = promptTokens(request.turns).map((token) => token.id)
    if (promptIds.length > maxModelLen) throw tooLong(maxModelLen)
    const maxTokens = Math.min(request.maxTokens ?? Infinity, maxModelLen - promptIds.length)
    // For vLLM a prompt that fills the context is not too long; the room left for the answer is too small.
    if (maxTokens < 1) throw tooFewTokens(maxTokens)
    const counted = request.seed === undefined && !request.greedy
    const prompt = seedOf(...request.turns.map((turn) => turn.content))
    const variant = counted ? this.#counts.next(prompt) : (request.seed ?? 0)
    const answer = decideAnswer(request, {
      maxTokens,
      seed: configuration.seed,
      variant,
      reasoning: configuration.reasoning,
    })
    const record = new RequestRecord(metrics, {
      promptTokens: promptIds.length,
      maxTokens,
      arrivalMs: exchange.arrivedMs,
      prefixCaching: configuration.enablePrefixCaching,
    })
    const id = `chatcmpl-${exchange.givenId ?? this.#context.randomId().slice(0, 16)}`
    const created = this.#context.createdS()
    const job = { exchange, request, answer, record, id, created, promptIds, fault }
    const refused = this.#admission.refusal()
    if (refused === undefined) return request.stream ? this.#stream(job) : this.#plain(job)
    if (request.stream) refuseStream(exchange, refused)
    else exchange.error(refused)
  }

  #stream(job: Job): void {
    const { exchange, request, answer, record, id, created, promptIds, fault } = job
    const { configuration, engine, clock, fingerprint } = this.#context
    const { response } = exchange
    if (fault?.kind === 'error-event' && fault.afterTokens === 0)
      return refuseStream(exchange, errorOf(fault.code, fault.message))
    exchange.events()
    if (fault?.kind === 'hang') return
    const chunks = new ChunkWriter({
      id,
      created,
      model: configuration.servedModelName,
      fingerprint,
      promptTokens: promptIds.length,
      promptTokenIds: request.returnTokenIds ? promptIds : null,
      continuousUsage: request.continuousUsage,
      includeUsage: request.includeUsage,
    })
    const { includeUsage } = request
    if (fault?.kind === 'flood')
      return flood(response, { chunks, record, bytes: fault.bytes, includeUsage, now: () => clock.now() })
    const writer = fault?.kind === 'split' ? splitWriter(response) : plainWriter(exchange)
    const stream = new ChatStream(
      { exchange, writer, answer, chunks, record, promptIds, cacheSalt: request.cacheSalt },
      {
        clock,
        includeUsage,
        includeTimings: configuration.enablePerRequestMetrics,
        includePromptDetails: configuration.enablePromptTokensDetails,
        returnTokenIds: request.returnTokenIds,
        fault,
        onClosed: () => {
          this.#open.delete(stream)
          engine.abort(stream)
        },
      },
    )
    this.#open.add(stream)
    const late = () => engine.submit(stream, clock.now())
    const cancel = fault?.kind === 'slow-start' ? clock.after(fault.ms, late) : undefined
    response.once('close', () => {
      cancel?.()
      stream.abandon()
      this.#open.delete(stream)
      engine.abort(stream)
    })
    if (cancel === undefined) engine.submit(stream, record.arrivalMs)
  }

  #plain(job: Job): void {
    const { exchange, request, answer, record, id, created, promptIds, fault } = job
    const { configuration, engine, clock, fingerprint } = this.#context
    if (plainFault(exchange, fault)) return
    const prompt = { promptIds, cacheSalt: request.cacheSalt }
    const completion = new PlainCompletion(answer, record, prompt, (error) => {
      this.#open.delete(completion)
      engine.abort(completion)
      if (error !== undefined) return exchange.error(error)
      const timings = configuration.enablePerRequestMetrics ? record.timings() : undefined
      const details = configuration.enablePromptTokensDetails ? record.promptTokensDetails() : undefined
      const { returnTokenIds } = request
      const model = configuration.servedModelName
      const style = { id, created, model, fingerprint, promptTokenIds: promptIds, returnTokenIds }
      exchange.json(200, plainBody(answer, { ...style, timings, details }))
    })
    const late = () => engine.submit(completion, clock.now())
    this.#open.add(completion)
    const cancel = fault?.kind === 'slow-start' ? clock.after(fault.ms, late) : undefined
    exchange.response.once('close', () => {
      cancel?.()
      this.#open.delete(completion)
      engine.abort(completion)
    })
    if (cancel === undefined) engine.submit(completion, record.arrivalMs)
  }
}

const plainWriter = ({ response }: Exchange) => ({
  write: (text: string) => response.write(text),
  end: () => void response.end(),
})

function tooLong(maxModelLen: number) {
  const value = String(maxModelLen + 1)
  return badValue(
    `This model's maximum context length is ${maxModelLen} tokens. However, your prompt contains at least ${value} input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt.`,
    'input_tokens',
    value,
  )
}
