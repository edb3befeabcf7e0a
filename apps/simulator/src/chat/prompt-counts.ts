const REMEMBERED_PROMPTS = 10_000

/**
 * How often each prompt was asked, so that asking again gives another answer (as sampling would) while a run as a
 * whole stays reproducible. Bounded: the oldest prompts are forgotten.
 */
export class PromptCounts {
  readonly #counts = new Map<number, number>()

  /** 0 for the first time, then 1, 2, … */
  next(prompt: number): number {
    const count = this.#counts.get(prompt) ?? 0
    this.#counts.delete(prompt)
    this.#counts.set(prompt, count + 1)
    if (this.#counts.size > REMEMBERED_PROMPTS) {
      const [oldest] = this.#counts.keys()
      if (oldest !== undefined) this.#counts.delete(oldest)
    }
    return count
  }
}
