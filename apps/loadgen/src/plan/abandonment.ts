import { RandomStream } from '../random/random-stream.ts'
import type { ConversationModel } from '../schema/conversation.ts'
import { draw } from './draw.ts'

/** Decides for each answer of one conversation whether its user abandons it, and after which time. */
export class Abandonment {
  readonly #model: ConversationModel['abandon']
  readonly #decision: RandomStream
  readonly #patience: RandomStream

  /** @param id of the conversation: the same id and seed give the same decisions */
  constructor(model: ConversationModel['abandon'], seed: number, id: string) {
    this.#model = model
    this.#decision = new RandomStream(seed, 'abandon', id)
    this.#patience = new RandomStream(seed, 'patience', id)
  }

  /**
   * The user's patience with the next answer, in milliseconds after sending; `undefined` if the user waits for its end.
   * Both numbers are drawn for each answer, so that another share of abandoned answers does not change the others.
   */
  nextAfterMs(): number | undefined {
    const patienceMs = this.#model === undefined ? 0 : draw(this.#model.after, this.#patience)
    return this.#decision.uniform() < (this.#model?.share ?? 0) ? patienceMs : undefined
  }
}
