import type { Sequence } from './engine.ts'

/** What the scheduler knows of a sequence. */
export class SequenceState {
  declare private readonly brand: never
  readonly sequence: Sequence
  /** When it came; it is in no step that starts earlier. */
  readonly sinceMs: number
  /** The list that it is in; `undefined` once it is done or aborted. */
  list: SequenceList | undefined
  previous: SequenceState | undefined
  next: SequenceState | undefined
  /** Tokens that are in the KV cache, or will be when the present step ends. */
  computed = 0
  produced = 0
  /** Of its prompt, when it was first admitted; `undefined` until then. */
  cachedTokens: number | undefined
  /** Its blocks in order, of which the first `remembered` can be found by hash. */
  readonly blocks: number[] = []
  remembered = 0
  /** The hashes of its first full blocks, as far as they were needed. They outlive a preemption. */
  readonly hashes: number[] = []

  constructor(sequence: Sequence, sinceMs: number) {
    this.sequence = sequence
    this.sinceMs = sinceMs
  }

  /** Tokens of the prompt and of the output so far. */
  get tokens(): number {
    return this.sequence.promptTokens + this.produced
  }
}

/** Sequences in order, linked through themselves so that any of them can leave at once. */
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

  /** It must be in this list. */
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
