import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { start } from '../contract/input.ts'
import type { GenerationStore } from '../store/generations.ts'
import type { Generations } from './generations.ts'

/** Generations outside conversations: a program brings all messages and keeps them itself. */
export class Standalone {
  readonly #store: GenerationStore
  readonly #generations: Generations

  constructor(store: GenerationStore, generations: Generations) {
    this.#store = store
    this.#generations = generations
  }

  /** @throws {CodedError} QUEUE_FULL, SHUTTING_DOWN */
  async start(owner: string, input: z.infer<typeof start>): Promise<{ generationId: string }> {
    const { requestId, messages, model, params = {} } = input
    const known = await this.#store.find(owner, { requestId })
    if (known !== undefined) return { generationId: known.id }
    const id = randomUUID()
    try {
      return await this.#generations.admit(model, async (begin) => {
        await this.#store.insert({ id, owner, requestId, params })
        const { systemPrompt } = params
        const system = systemPrompt ? [{ role: 'system' as const, content: systemPrompt }] : []
        const prompt = (): Promise<typeof messages> => Promise.resolve([...system, ...messages])
        begin({ id, requestId, owner, model, params, mayCut: false, prompt })
        return { generationId: id }
      })
    } catch (error) {
      // Two calls with one id at the same time: the other one wrote first.
      const first = await this.#store.find(owner, { requestId })
      if (first !== undefined) return { generationId: first.id }
      throw error
    }
  }
}
