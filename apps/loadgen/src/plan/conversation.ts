import type { Language } from '../dialogues/dialogue.ts'
import { userTurns } from '../dialogues/library.ts'
import { fitted, systemPrompt } from '../dialogues/material.ts'
import type { ConversationModel } from '../schema/conversation.ts'
import { Abandonment } from './abandonment.ts'
import { draw, drawCount } from './draw.ts'
import type { PlannedConversation, PlannedTurn } from './plan.ts'
import { RandomStream } from '../random/random-stream.ts'
import type { Message, TracedConversation } from './traced-conversation.ts'

/** Makes the conversations of a scenario; the same `id` gives the same one in every run with the same seed. */
export class Conversations {
  readonly #model: ConversationModel
  readonly #seed: number
  readonly #systemPrompts: readonly string[]

  constructor(model: ConversationModel, seed: number) {
    this.#model = model
    this.#seed = seed
    this.#systemPrompts = model.systemPrompts.map(({ tokens }, entry) =>
      systemPrompt(entry, tokens, new RandomStream('system prompt', entry)),
    )
  }

  /** A conversation from the dialogues that ship. */
  fromDialogues(id: string): PlannedConversation {
    const { turns, prompt } = this.#model
    const count = turns === undefined ? 1 : drawCount(turns, this.#stream('turns', id))
    const language = this.#language(id)
    const words = userTurns(language, count, this.#stream('dialogue', id))
    const lengths = this.#stream('prompt', id)
    const filling = this.#stream('material', id)
    const messages = words.map((content) => ({
      content:
        prompt === undefined ? content : fitted(content, drawCount(prompt, lengths), language, filling),
      maxTokens: undefined,
    }))
    return this.#of(id, messages)
  }

  /** A conversation that a trace recorded, with at most as many turns as the scenario allows. */
  fromTrace(id: string, traced: TracedConversation): PlannedConversation {
    const { turns } = this.#model
    const messages = traced.messages((purpose) => this.#stream(purpose, id), this.#language(id))
    const most = turns === undefined ? messages.length : drawCount(turns, this.#stream('turns', id))
    return this.#of(id, messages.slice(0, most), traced.systemPrompt)
  }

  #language(id: string): Language {
    return this.#stream('language', id).uniform() < this.#model.languages.zh ? 'zh' : 'en'
  }

  /**
   * Makes a conversation of messages (at least one); think times, lengths, regenerations and abandonment are random.
   */
  #of(id: string, messages: readonly Message[], systemPrompt = this.#systemPrompt(id)): PlannedConversation {
    const { thinkTime, answer, regenerate, abandon } = this.#model
    const think = this.#stream('think time', id)
    const answers = this.#stream('answer', id)
    const again = this.#stream('regenerate', id)
    const abandonment = new Abandonment(abandon, this.#seed, id)
    const turns = messages.map(({ content, maxTokens }, index): PlannedTurn => {
      const abandonAfterMs = abandonment.nextAfterMs()
      return {
        content,
        thinkMs: index === 0 ? 0 : draw(thinkTime, think),
        maxTokens: answer === undefined ? maxTokens : drawCount(answer, answers),
        abandonAfterMs,
        regenerate: again.uniform() < regenerate,
      }
    })
    return { id, systemPrompt, turns: turns as [PlannedTurn, ...PlannedTurn[]] }
  }

  #systemPrompt(id: string): string | undefined {
    let rest = this.#stream('system prompt', id).uniform()
    for (const [entry, { share }] of this.#model.systemPrompts.entries()) {
      if (rest < share) return this.#systemPrompts[entry]
      rest -= share
    }
    return undefined
  }

  #stream(purpose: string, id: string): RandomStream {
    return new RandomStream(this.#seed, purpose, id)
  }
}
