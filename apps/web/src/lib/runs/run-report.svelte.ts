import { ChatError, type ChatClient, type Run } from '@slicechat/client'
import type { DrawnReport } from '@slicechat/report'

export interface RunPort {
  api: { runs: Pick<ChatClient['api']['runs'], 'get'> }
}

/** Draws runs. Rejects if it cannot, or with the signal's reason. */
export type Draw = (runs: readonly Run[], signal: AbortSignal) => Promise<DrawnReport>

/** The report of one run, or of several beside each other: fetched, then drawn. */
export class RunReport {
  readonly #client: RunPort
  readonly #draw: Draw
  #current = new AbortController()

  #runs = $state.raw<readonly Run[]>([])
  #drawn = $state.raw<DrawnReport>()
  #failure = $state.raw<unknown>()

  constructor(client: RunPort, draw: Draw) {
    this.#client = client
    this.#draw = draw
  }

  /** Empty until all runs have arrived. */
  get runs(): readonly Run[] {
    return this.#runs
  }
  get drawn(): DrawnReport | undefined {
    return this.#drawn
  }
  get failure(): unknown {
    return this.#failure
  }

  /** Opens other runs, or the same ones again. A fetch or a drawing that is still going on is dropped. */
  async open(ids: readonly string[]): Promise<void> {
    this.close()
    const { signal } = (this.#current = new AbortController())
    this.#runs = []
    this.#drawn = undefined
    this.#failure = undefined
    try {
      if (ids.length === 0)
        throw new ChatError('The address names no load test.', { code: 'NOT_FOUND', retryable: false })
      const runs = await Promise.all(ids.map((id) => this.#client.api.runs.get.query({ id }, { signal })))
      signal.throwIfAborted()
      this.#runs = runs
      const drawn = await this.#draw(runs, signal)
      signal.throwIfAborted()
      this.#drawn = drawn
    } catch (error) {
      if (!signal.aborted) this.#failure = error
    }
  }

  close(): void {
    this.#current.abort()
  }
}
