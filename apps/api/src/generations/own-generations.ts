import { randomUUID } from 'node:crypto'
import type { ChatMetrics } from '@slicechat/metrics'
import type { z } from 'zod'
import { CodedError } from '../errors.ts'
import type { report, start } from '../input.ts'
import type { Spender } from '../access/budgets/budgets.ts'
import type { GenerationIds } from '../store/generation-queries.ts'
import type { GenerationStore } from '../store/generations.ts'
import type { Accepted } from './generation.ts'
import type { Generations } from './generations.ts'
import type { EventWriter, LogEntry } from './log.ts'
import type { SingleFlight } from './single-flight.ts'
import { storedAnyway } from './stored-anyway.ts'
import { expectedTokens } from './token-estimate.ts'

type StartCall = z.infer<typeof start> & Accepted

/** What the generations of all owners share. */
export interface GenerationParts {
  generations: Generations
  generationStore: GenerationStore
  metrics: ChatMetrics
  /** Starts outside conversations that are under way. */
  starting: SingleFlight<{ generationId: string }>
}

/**
 * The generations of one owner. Those outside conversations begin here: the caller sends all messages, and keeps them.
 */
export class OwnGenerations {
  readonly #caller: Spender
  readonly #parts: GenerationParts

  constructor(caller: Spender, parts: GenerationParts) {
    this.#caller = caller
    this.#parts = parts
  }

  /**
   * Begins an answer to messages that are not stored. A repeated `requestId` returns the same generation.
   * @throws {CodedError} BAD_INPUT, RATE_LIMITED, QUEUE_FULL, SHUTTING_DOWN
   */
  start(input: StartCall): Promise<{ generationId: string }> {
    return this.#parts.starting.run(`${this.#caller.owner} ${input.requestId}`, () => this.#start(input))
  }

  async #start(input: StartCall): Promise<{ generationId: string }> {
    const { owner, keyId } = this.#caller
    const { generations, generationStore } = this.#parts
    const { requestId, messages, model, params = {}, acceptedAt } = input
    const find = (): Promise<GenerationIds | undefined> => generationStore.ofRequest(owner, requestId)
    const known = await find()
    if (known !== undefined && !(await generations.isAbandoned(owner, known.id))) return toStarted(known)
    const expected = (): number => expectedTokens(params, ...messages.map(({ content }) => content))
    const applicant = { spender: this.#caller, model, expectedTokens: expected }
    return generations.admit(applicant, async (begin) => {
      const id = randomUUID()
      const outcome =
        known === undefined
          ? await storedAnyway(
              () => generationStore.insert({ id, owner, keyId, requestId, params, model }),
              find,
            )
          : { found: known }
      const started = 'found' in outcome ? toStarted(outcome.found) : { generationId: id }
      if ('found' in outcome && !(await generations.isAbandoned(owner, outcome.found.id))) return started
      const { systemPrompt } = params
      const system = systemPrompt ? [{ role: 'system' as const, content: systemPrompt }] : []
      const prompt = (): Promise<typeof messages> => Promise.resolve([...system, ...messages])
      begin({
        id: started.generationId,
        requestId,
        owner,
        keyId,
        model,
        params,
        acceptedAt,
        mayCut: false,
        prompt,
      })
      return started
    })
  }

  /** Streams events after a position; see `GenerationSource.stream`. @throws {CodedError} NOT_FOUND */
  stream(
    id: string,
    position: number,
    signal: AbortSignal,
    writer: EventWriter | undefined,
  ): Promise<AsyncGenerator<LogEntry, void, undefined>> {
    return this.#parts.generations.stream(this.#caller.owner, id, position, signal, writer)
  }

  /** @returns whether this call ended the answer. @throws {CodedError} NOT_FOUND */
  stop(id: string): Promise<boolean> {
    return this.#parts.generations.stop(this.#caller.owner, id)
  }

  /**
   * Counts the latencies that a reader measured, once per answer.
   * @returns whether they were counted
   * @throws {CodedError} NOT_FOUND
   */
  async report({ generationId: id, ttftMs, interTokenMsMean }: z.infer<typeof report>): Promise<boolean> {
    const { generations, generationStore, metrics } = this.#parts
    if ((await generationStore.find(this.#caller.owner, id)) === undefined)
      throw new CodedError('NOT_FOUND', 'There is no such generation.')
    let model = await generationStore.report(this.#caller.owner, id)
    if (model === undefined) {
      // The answer may have ended this moment, and its model not be stored yet.
      await generations.storeEnded()
      model = await generationStore.report(this.#caller.owner, id)
    }
    if (model !== undefined) metrics.observeClientReport({ model, ttftMs, interTokenMsMean })
    return model !== undefined
  }
}

/** @throws {CodedError} BAD_INPUT when the id belongs to an answer in a conversation */
function toStarted({ id, conversationId }: GenerationIds): { generationId: string } {
  if (conversationId !== null)
    throw new CodedError('BAD_INPUT', 'This request id was used for another call.', { field: 'requestId' })
  return { generationId: id }
}
