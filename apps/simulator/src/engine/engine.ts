/**
 * What stands where a GPU would: it decides when tokens are ready, and knows nothing of text, HTTP or metrics.
 * The server drives any engine through this interface.
 */
export interface Sequence {
  /** Size of the prompt in tokens. */
  readonly promptTokens: number
  /** How many tokens this sequence will produce in all, the one that ends it included; at least 1. */
  readonly outputTokens: number
  /** The engine took the sequence out of the queue. */
  scheduled(atMs: number): void
  /** `count` more tokens are ready. An engine calls this at most once a step. */
  produce(count: number, atMs: number): void
}

/** What the engine is doing at this moment. */
export interface EngineLoad {
  readonly running: number
  readonly waiting: number
  /** Tokens whose keys and values are held, prompts included. */
  readonly cachedTokens: number
}

/** What one step did; the sums are what vLLM observes as `iteration_tokens`. */
export interface StepObserver {
  step(tokens: number): void
  /** `count` tokens left the engine, `lateMs` after the first of them was due (negative: before). */
  emitted(count: number, lateMs: number): void
}

export interface Engine {
  /**
   * Queues a sequence; it is started in the order of arrival. One that starts at once starts as of `sinceMs`: what
   * was spent on its request before it got here is part of its time to the first token.
   */
  submit(sequence: Sequence, sinceMs: number): void
  /** Forgets a sequence at once, wherever it is; unknown ones are ignored. */
  abort(sequence: Sequence): void
  load(): EngineLoad
  /** Forgets everything and stops its timer. */
  close(): void
}
