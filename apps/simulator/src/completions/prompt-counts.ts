const MAX_PROMPTS = 10_000

/**
 * Counts how often each prompt was asked, so that a repeated prompt gets another answer, as with sampling, while a run as
 * a whole stays reproducible. The number of prompts is bounded: the least recently asked ones are forgotten.
 */
export class PromptCounts {
  readonly #counts = new Map<number, number>()

  /** Counts a prompt. @returns how often it was asked before */
  next(prompt: number): number {
    const count = this.#counts.get(prompt) ?? 0
    this.#counts.delete(prompt)
    this.#counts.set(prompt, count + 1)
    if (this.#counts.size > MAX_PROMPTS) {
      const [oldest] = this.#counts.keys()
      if (oldest !== undefined) this.#counts.delete(oldest)
    }
    return count
  }
}
