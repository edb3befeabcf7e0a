/**
 * What stands where a GPU would: it decides when tokens are ready, and knows nothing of text, HTTP or metrics.
 * The server drives any engine through this interface.
 */
export interface Sequence {
  /** Size of the prompt in tokens. */
  readonly promptTokens: number
  /** How many tokens this sequence will produce in all, the one that ends it included; at least 1. */
  readonly outputTokens: number
  /** Sequences share cached prefixes only with those of the same salt. */
  readonly cacheSalt: string
  /** The token at a place of prompt and output taken together: what the prefix cache compares. */
  tokenAt(place: number): number
  /** The engine took the sequence out of the queue for the first time; `cachedTokens` of its prompt need no work. */
  scheduled(atMs: number, cachedTokens: number): void
  /** The engine took the sequence's cache away; it will be computed again. Nothing that was produced is lost. */
  preempted(): void
  /** `count` more tokens are ready. An engine calls this at most once a step. */
  produce(count: number, atMs: number): void
}

/** What the engine is doing at this moment. */
export interface EngineLoad {
  readonly running: number
  readonly waiting: number
  /** Prompt tokens of all sequences that have not produced a token yet. */
  readonly queuedPromptTokens: number
  /** Share of the KV cache that running sequences hold, 0 to 1. */
  readonly cacheUsage: number
}

/** What one step of an engine was asked to do. */
export interface StepWork {
  /** Sequences in the batch. */
  readonly sequences: number
  /** Prompt tokens (those computed again after a preemption included) and tokens that follow an earlier output. */
  readonly prefillTokens: number
  readonly decodeTokens: number
  /** Tokens whose keys and values are read: the context of every sequence in the batch, its new tokens included. */
  readonly contextTokens: number
  /** For every new token the tokens it attends to, itself included, summed. */
  readonly attentionPairs: number
}

/** A step and what it cost. */
export interface StepRecord {
  readonly startMs: number
  readonly endMs: number
  readonly work: StepWork
  /** Tokens that sequences got. */
  readonly producedTokens: number
  /** Of the sequences that got their first token: how many tokens of their prompts were computed, not cached. */
  readonly begunPromptTokens: number
  /** Milliseconds of the step in which the GPU worked; the rest is overhead of the host. */
  readonly gpuMs: number
  readonly readBytes: number
  readonly writtenBytes: number
  readonly flops: number
}

/** Hears of every step. */
export interface StepObserver {
  step(record: StepRecord): void
  /** `count` tokens left the engine, `lateMs` after the first of them was due (negative: before). */
  emitted(count: number, lateMs: number): void
}

export interface Engine {
  /**
   * Queues a sequence; it is started in the order of arrival. `sinceMs` is when its request came in, on the engine's
   * clock: what was spent on the request before it got here is part of its time to the first token.
   */
  submit(sequence: Sequence, sinceMs: number): void
  /** Forgets a sequence at once, wherever it is; unknown ones are ignored. */
  abort(sequence: Sequence): void
  load(): EngineLoad
  /** Forgets everything and stops its timer. */
  close(): void
}
