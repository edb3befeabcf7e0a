/** A request as the engine sees it: sizes and token ids, and callbacks that the engine calls. */
export interface Sequence {
  /** Size of the prompt in tokens. */
  readonly promptTokens: number
  /** Number of tokens that this sequence will produce in all, including the end of sequence; at least 1. */
  readonly outputTokens: number
  /** Sequences share cached prefixes only with sequences of the same salt. */
  readonly cacheSalt: string
  /** The token id at a position of prompt and output together; the prefix cache compares these. */
  tokenAt(position: number): number
  /** The engine has taken the sequence out of the queue for the first time; `cachedTokens` of its prompt need no work. */
  scheduled(atMs: number, cachedTokens: number): void
  /** The engine has freed the sequence's cache, which will be computed again. No produced token is lost. */
  preempted(): void
  /** `count` more tokens are ready. An engine calls this at most once per step. */
  produce(count: number, atMs: number): void
}

/** The current load of an engine. */
export interface EngineLoad {
  readonly running: number
  readonly waiting: number
  /** Prompt tokens of all sequences that have not yet produced a token. */
  readonly queuedPromptTokens: number
  /** Share of the KV cache that running sequences hold, 0 to 1. */
  readonly cacheUsage: number
}

/** The work of one step. */
export interface StepWork {
  /** Sequences in the batch. */
  readonly sequences: number
  /** Prompt tokens, including those computed again after a preemption. */
  readonly prefillTokens: number
  /** Tokens that follow an earlier output. */
  readonly decodeTokens: number
  /** Tokens whose keys and values are read: the context of every sequence in the batch, including its new tokens. */
  readonly contextTokens: number
  /** Sum over all new tokens of the tokens that each attends to, including itself. */
  readonly attentionPairs: number
}

/** A finished step and its cost. */
export interface StepRecord {
  readonly startMs: number
  readonly endMs: number
  readonly work: StepWork
  /** Number of tokens that the step produced. */
  readonly producedTokens: number
  /** Computed, not cached, prompt tokens of the sequences that got their first token. */
  readonly completedPromptTokens: number
  /** Milliseconds of the step in which the GPU worked; the rest is overhead of the host. */
  readonly gpuMs: number
  readonly readBytes: number
  readonly writtenBytes: number
  readonly flops: number
}

/** Gets a notification of every step and of emitted tokens. */
export interface StepObserver {
  step(record: StepRecord): void
  /** `count` tokens were emitted, `lateMs` after the first of them was due (negative: before). */
  emitted(count: number, lateMs: number): void
}

/**
 * The engine stands in for a GPU that runs vLLM: it decides when tokens are ready, and knows nothing of text, HTTP or
 * metrics. The server drives any engine through this interface.
 */
export interface Engine {
  /**
   * Queues a sequence; sequences start in the order of arrival. `arrivalMs` is the arrival of the request on the engine's
   * clock, so that the time spent on the request before this call is part of its time to first token.
   */
  submit(sequence: Sequence, arrivalMs: number): void
  /** Removes a sequence at once, waiting or running; unknown ones are ignored. */
  abort(sequence: Sequence): void
  load(): EngineLoad
  /** Removes all sequences and stops the timer. */
  close(): void
}
