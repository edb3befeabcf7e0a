import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { start } from '../input.ts'
import { CodedError } from '../errors.ts'
import type { GenerationStore, StoredGeneration } from '../store/generations.ts'
import type { Accepted } from './generation.ts'
import type { Generations } from './generations.ts'
import { SingleFlight } from './single-flight.ts'

type StartCall = z.infer<typeof start> & Accepted

/** Generations outside conversations: the caller sends all messages and stores them itself. */
export class StatelessGenerations {
  readonly #store: GenerationStore
  readonly #generations: Generations
  readonly #starting = new SingleFlight<{ generationId: string }>()

  constructor(store: GenerationStore, generations: Generations) {
    this.#store = store
    this.#generations = generations
  }

  /** @throws {CodedError} BAD_INPUT, QUEUE_FULL, SHUTTING_DOWN */
  start(owner: string, input: StartCall): Promise<{ generationId: string }> {
    return this.#starting.run(`${owner} ${input.requestId}`, () => this.#start(owner, input))
  }

  async #start(owner: string, input: StartCall): Promise<{ generationId: string }> {
    const { requestId, messages, model, params = {}, acceptedAt } = input
    const known = await this.#store.find(owner, { requestId })
    if (known !== undefined) return toStarted(known)
    const id = randomUUID()
    try {
      return await this.#generations.admit(model, async (begin) => {
        await this.#store.insert({ id, owner, requestId, params, model })
        const { systemPrompt } = params
        const system = systemPrompt ? [{ role: 'system' as const, content: systemPrompt }] : []
        const prompt = (): Promise<typeof messages> => Promise.resolve([...system, ...messages])
        begin({ id, requestId, owner, model, params, acceptedAt, mayCut: false, prompt })
        return { generationId: id }
      })
    } catch (error) {
      // Another kind of call, or another process, used the same id at the same time.
      const first = await this.#store.find(owner, { requestId })
      if (first !== undefined) return toStarted(first)
      throw error
    }
  }
}

/** @throws {CodedError} BAD_INPUT when the id belongs to an answer in a conversation */
function toStarted({ id, conversationId }: StoredGeneration): { generationId: string } {
  if (conversationId !== null)
    throw new CodedError('BAD_INPUT', 'This request id was used for another call.', { field: 'requestId' })
  return { generationId: id }
}
