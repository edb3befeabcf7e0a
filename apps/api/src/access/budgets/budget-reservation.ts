/**
 * What one admitted answer holds of its caller's budgets until it ends. One of `settle` and `cancel` must be called; a second
 * call changes nothing.
 */
export class BudgetReservation {
  readonly #expect: () => number
  readonly #end: (tokens: number | undefined) => void
  #expected: number | undefined
  #soFar: () => number = () => 0
  #ended = false

  /** @param end called once, with the tokens that the answer used, or `undefined` if it was not begun */
  constructor(expected: () => number, end: (tokens: number | undefined) => void) {
    this.#expect = expected
    this.#end = end
  }

  /** Tokens that count while the answer runs: those that were expected, or those that it has used if they are more. */
  get tokens(): number {
    this.#expected ??= this.#expect()
    return Math.max(this.#expected, this.#soFar())
  }

  /** @param soFar returns the tokens that the answer has used so far; it is asked when the caller starts another */
  follow(soFar: () => number): void {
    this.#soFar = soFar
  }

  /** The answer has ended. @param tokens prompt and completion tokens that it used, as well as they are known */
  settle(tokens: number): void {
    this.#close(tokens)
  }

  /** Nothing was begun: nothing counts. */
  cancel(): void {
    this.#close(undefined)
  }

  #close(tokens: number | undefined): void {
    if (this.#ended) return
    this.#ended = true
    this.#end(tokens)
  }
}
