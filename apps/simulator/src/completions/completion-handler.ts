import { errorOf, failBeforeResponse, failPlainResponse, refuseStream } from '../faults/response-faults.ts'
import { badValue, ENGINE_DEAD, unknownModel } from '../http/http-error.ts'
import type { Exchange } from '../http/exchange.ts'
import { RequestRecord } from '../metrics/request-record.ts'
import type { SimulatorContext } from '../simulator-context.ts'
import { seedOf } from '../text/random.ts'
import { Admission } from './admission.ts'
import { decideAnswer } from './answer.ts'
import { tooFewTokens } from './completion-request.ts'
import type { AcceptedRequest, Completion } from './completion.ts'
import type { Endpoint } from './endpoint.ts'
import { flood } from './flood.ts'
import { PlainCompletion } from './plain-completion.ts'
import { PromptCounts } from './prompt-counts.ts'
import { StreamedCompletion } from './streamed-completion.ts'

/** Serves `POST /v1/chat/completions` and `POST /v1/completions`. */
export class CompletionHandler {
  readonly #context: SimulatorContext
  readonly #counts = new PromptCounts()
  readonly #admission: Admission
  /** Completions that the engine works on; they fail when it dies. */
  readonly #open = new Set<Completion>()

  constructor(context: SimulatorContext) {
    this.#context = context
    this.#admission = new Admission(context)
    context.faults.onOutage((outage) => {
      if (outage === 'engine-dead') for (const completion of [...this.#open]) completion.fail(ENGINE_DEAD)
    })
  }

  /** Answers the request. @throws {HttpError} before anything was sent */
  handle(endpoint: Endpoint, exchange: Exchange, body: string): void {
    const { configuration, metrics, faults } = this.#context
    const { request, checkRanges } = endpoint.parse(body)
    const { servedModelName, maxModelLen } = configuration
    if (request.model !== undefined && request.model !== servedModelName)
      throw unknownModel(request.model, servedModelName)
    const fault = faults.take(request.message)
    if (failBeforeResponse(exchange, fault)) return
    if (faults.has('engine-dead')) return exchange.error(ENGINE_DEAD)
    this.#admission.preflight()
    checkRanges(maxModelLen)
    const promptIds = request.promptIds()
    if (promptIds.length > maxModelLen) throw tooLong(maxModelLen)
    const maxTokens = Math.min(request.maxTokens ?? Infinity, maxModelLen - promptIds.length)
    // For vLLM a prompt that fills the context is not too long; the room left for the answer is too small.
    if (maxTokens < 1) throw tooFewTokens(maxTokens)
    const sampled = request.seed === undefined && !request.greedy
    const prompt = seedOf(...request.texts)
    const variant = sampled ? this.#counts.next(prompt) : (request.seed ?? 0)
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
    const id = `${endpoint.idPrefix}-${exchange.givenId ?? this.#context.randomId().slice(0, 16)}`
    const created = this.#context.createdS()
    const accepted = { endpoint, exchange, request, answer, record, id, created, promptIds, fault }
    const refused = this.#admission.refusal()
    if (refused === undefined) return request.stream ? this.#stream(accepted) : this.#plain(accepted)
    if (request.stream) refuseStream(exchange, refused)
    else exchange.error(refused)
  }

  #stream(accepted: AcceptedRequest): void {
    const { endpoint, exchange, request, record, id, created, promptIds, fault } = accepted
    const { configuration, clock, fingerprint } = this.#context
    if (fault?.kind === 'error-event' && fault.afterTokens === 0)
      return refuseStream(exchange, errorOf(fault.code, fault.message))
    exchange.events()
    if (fault?.kind === 'hang') return
    const { includeUsage, continuousUsage, echoed } = request
    const chunks = endpoint.chunks({
      id,
      created,
      model: configuration.servedModelName,
      fingerprint,
      promptTokens: promptIds.length,
      promptTokenIds: request.returnTokenIds || echoed !== '' ? promptIds : null,
      echoed,
      continuousUsage,
      includeUsage,
    })
    if (fault?.kind === 'flood') {
      const { bytes } = fault
      return flood(exchange.response, { chunks, record, bytes, includeUsage, now: () => clock.now() })
    }
    this.#start(new StreamedCompletion(this.#context, accepted, chunks))
  }

  #plain(accepted: AcceptedRequest): void {
    if (failPlainResponse(accepted.exchange, accepted.fault)) return
    this.#start(new PlainCompletion(this.#context, accepted))
  }

  #start(completion: Completion): void {
    this.#open.add(completion)
    completion.start(() => this.#open.delete(completion))
  }
}

function tooLong(maxModelLen: number) {
  const value = String(maxModelLen + 1)
  return badValue(
    `This model's maximum context length is ${maxModelLen} tokens. However, your prompt contains at least ${value} input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt.`,
    'input_tokens',
    value,
  )
}
