import { randomUUID } from 'node:crypto'
import type { RunningAnswer } from '@slicechat/contract'
import { CodedError } from '../errors.ts'

/** Why an answer ended before the model ended it. `stopped`: by an admin. `interrupted`: by the end of the API. */
type EndReason = 'left' | 'stuck' | 'stopped' | 'interrupted'

export const shuttingDown = (): CodedError =>
  new CodedError('SHUTTING_DOWN', 'The API is about to stop. Try again shortly.')

/** An answer that runs or waits for its turn. */
export class Running {
  readonly about: Omit<RunningAnswer, 'label'>
  readonly #abort = new AbortController()
  #ended: EndReason | undefined

  constructor(owner: string, model: string) {
    const acceptedAt = new Date().toISOString()
    this.about = { id: randomUUID(), owner, model, status: 'queued', door: 'openai', acceptedAt }
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get endReason(): EndReason | undefined {
    return this.#ended
  }

  /** @returns whether this call ended it */
  end(reason: EndReason): boolean {
    if (this.#ended !== undefined) return false
    this.#ended = reason
    this.#abort.abort(reason === 'interrupted' ? shuttingDown() : new Error(reason))
    return true
  }
}
