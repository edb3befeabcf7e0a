import type { Sequence } from './engine.ts'

/** The scheduler's state of a sequence. */
export class SequenceState {
  declare private readonly brand: never
  readonly sequence: Sequence
  /** Time of arrival; no step that starts earlier includes the sequence. */
  readonly arrivalMs: number
  /** The list that holds the sequence; `undefined` once it is done or aborted. */
  list: SequenceList | undefined
  previous: SequenceState | undefined
  next: SequenceState | undefined
  /** Tokens that are in the KV cache, or will be at the end of the current step. */
  computed = 0
  produced = 0
  /** Cached tokens of the prompt at its first admission; `undefined` until then. */
  cachedTokens: number | undefined
  /** The blocks of the sequence in order; the first `hashed` of them can be found by hash. */
  readonly blocks: number[] = []
  hashed = 0
  /** The hashes of the first full blocks, computed when needed. They are kept after a preemption. */
  readonly hashes: number[] = []

  constructor(sequence: Sequence, arrivalMs: number) {
    this.sequence = sequence
    this.arrivalMs = arrivalMs
  }

  /** Tokens of the prompt and of the output so far. */
  get tokens(): number {
    return this.sequence.promptTokens + this.produced
  }
}

/** An ordered list of sequences, doubly linked, so that removing any of them is O(1). */
export class SequenceList {
  declare private readonly brand: never
  size = 0
  first: SequenceState | undefined
  last: SequenceState | undefined

  append(state: SequenceState): void {
    state.list = this
    state.previous = this.last
    if (this.last === undefined) this.first = state
    else this.last.next = state
    this.last = state
    this.size++
  }

  prepend(state: SequenceState): void {
    state.list = this
    state.next = this.first
    if (this.first === undefined) this.last = state
    else this.first.previous = state
    this.first = state
    this.size++
  }

  /** Removes a sequence, which must be in this list. */
  remove(state: SequenceState): void {
    const { previous, next } = state
    if (previous === undefined) this.first = next
    else previous.next = next
    if (next === undefined) this.last = previous
    else next.previous = previous
    state.list = state.previous = state.next = undefined
    this.size--
  }
}
