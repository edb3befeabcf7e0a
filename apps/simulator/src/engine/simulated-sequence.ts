import type { Sequence } from './engine.ts'

/** A request of a trace; times are in milliseconds. */
export interface TraceItem {
  readonly arrivalMs: number
  readonly promptTokens: number
  /** At least 1. */
  readonly outputTokens: number
  /**
   * The first `tokens` tokens, of the prompt and then of the answer, are the same in every item with this id. It models
   * system prompts, and turns of one conversation, which contain the earlier answers.
   */
  readonly prefix?: { readonly id: string; readonly tokens: number }
  readonly cacheSalt?: string
  /** Time at which the client disconnects if the answer is not complete. */
  readonly abortMs?: number
}

/** The outcome of an item; a time is `undefined` if the event did not happen. */
export interface RequestTimings {
  readonly arrivalMs: number
  readonly scheduledMs: number | undefined
  readonly firstTokenMs: number | undefined
  readonly lastTokenMs: number | undefined
  /** Number of produced tokens. */
  readonly tokens: number
  readonly preemptions: number
  /** Prompt tokens that were found in the prefix cache. */
  readonly cachedTokens: number
  readonly aborted: boolean
}

/** A sequence that only records its events and their times. */
export class SimulatedSequence implements Sequence, RequestTimings {
  readonly arrivalMs: number
  readonly promptTokens: number
  readonly outputTokens: number
  readonly cacheSalt: string
  scheduledMs: number | undefined
  firstTokenMs: number | undefined
  lastTokenMs: number | undefined
  tokens = 0
  preemptions = 0
  cachedTokens = 0
  aborted = false
  readonly #sharedTokens: number
  readonly #sharedSeed: number
  readonly #ownSeed: number

  /** @param index index of the item; items with different indices share only their prefixes */
  constructor(item: TraceItem, index: number) {
    this.arrivalMs = item.arrivalMs
    this.promptTokens = item.promptTokens
    this.outputTokens = item.outputTokens
    this.cacheSalt = item.cacheSalt ?? ''
    this.#sharedTokens = item.prefix?.tokens ?? 0
    this.#sharedSeed = seedOf(item.prefix?.id ?? '')
    this.#ownSeed = Math.imul(index + 1, 0x9e3779b1)
  }

  get done(): boolean {
    return this.tokens >= this.outputTokens
  }

  tokenAt(position: number): number {
    const seed = position < this.#sharedTokens ? this.#sharedSeed : this.#ownSeed
    return Math.imul(seed ^ position, 0x85ebca6b) >>> 8
  }

  scheduled(atMs: number, cachedTokens: number): void {
    this.scheduledMs = atMs
    this.cachedTokens = cachedTokens
  }

  preempted(): void {
    this.preemptions++
  }

  produce(count: number, atMs: number): void {
    this.firstTokenMs ??= atMs
    this.lastTokenMs = atMs
    this.tokens += count
  }
}

function seedOf(id: string): number {
  let seed = 0x811c9dc5
  for (let at = 0; at < id.length; at++) seed = Math.imul(seed ^ id.charCodeAt(at), 0x01000193)
  return seed
}
