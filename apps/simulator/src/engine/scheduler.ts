import type { StepCost } from './cost.ts'
import type { EngineLoad, Sequence, StepRecord, StepWork } from './engine.ts'
import { KvCache, type KvCacheConfig } from './kv-cache.ts'
import { SequenceList, SequenceState } from './sequence-state.ts'

export interface SchedulerConfig extends KvCacheConfig {
  /** Most sequences in a batch. */
  readonly maxNumSeqs: number
  /** Most tokens that a step computes; longer prompts take several steps. */
  readonly maxNumBatchedTokens: number
  /** The cost of a step. */
  readonly cost: (work: StepWork) => StepCost
}

interface Step {
  startMs: number
  endMs: number
  readonly work: StepWork
  readonly cost: StepCost
}

/**
 * Continuous batching as in vLLM 0.32's V1 engine (`vllm/v1/core/sched/scheduler.py`), in virtual time: the caller says
 * when a step begins, is told when it ends, and ends it. There are no separate phases of prefill and decoding. Every
 * step computes for each sequence the tokens that are not yet computed, within the token budget. A sequence whose tokens
 * are all computed gets its next token.
 */
export class Scheduler {
  readonly #config: SchedulerConfig
  readonly #cache: KvCache
  readonly #states = new Map<Sequence, SequenceState>()
  readonly #waiting = new SequenceList()
  readonly #running = new SequenceList()
  #queuedPromptTokens = 0
  #step: Step | undefined
  /** The sequences of the current step, and the number of tokens that it computes for each. */
  readonly #batch: SequenceState[] = []
  readonly #batchTokens: number[] = []

  constructor(config: SchedulerConfig) {
    this.#config = config
    this.#cache = new KvCache(config)
  }

  /** End of the current step; `undefined` between steps. */
  get stepEndMs(): number | undefined {
    return this.#step?.endMs
  }

  /** Earliest useful start of a step: `-Infinity` if any time is, `undefined` if there are no sequences. */
  get dueMs(): number | undefined {
    return this.#running.size > 0 ? -Infinity : this.#waiting.first?.arrivalMs
  }

  /**
   * Queues a sequence; no step that starts before `arrivalMs` includes it.
   * @throws {RangeError} if the sequence could never finish. vLLM has no such case: it does not start when its cache
   *   cannot hold `max_model_len` tokens.
   */
  submit(sequence: Sequence, arrivalMs: number): void {
    const { promptTokens, outputTokens } = sequence
    // The last token needs no cache: no token follows that would need its keys and values.
    if (!this.#cache.canEverHold(promptTokens + outputTokens - 1))
      throw new RangeError(`the KV cache does not hold ${promptTokens} + ${outputTokens} tokens`)
    const state = new SequenceState(sequence, arrivalMs)
    this.#states.set(sequence, state)
    this.#waiting.append(state)
    this.#queuedPromptTokens += promptTokens
  }

  /**
   * Removes a sequence at once. It can be called at any time, also from a sequence's callbacks; unknown ones are
   * ignored.
   */
  abort(sequence: Sequence): void {
    const state = this.#states.get(sequence)
    if (state === undefined) return
    if (state.produced === 0) this.#queuedPromptTokens -= sequence.promptTokens
    this.#remove(state)
  }

  /** Removes all sequences and the current step. */
  clear(): void {
    for (const sequence of [...this.#states.keys()]) this.abort(sequence)
    this.#batch.length = this.#batchTokens.length = 0
    this.#step = undefined
  }

  load(): EngineLoad {
    return {
      running: this.#running.size,
      waiting: this.#waiting.size,
      queuedPromptTokens: this.#queuedPromptTokens,
      cacheUsage: this.#cache.usage,
    }
  }

  /** Begins a step. @returns the time at which it will end, or `undefined` if there is nothing to do */
  begin(startMs: number): number | undefined {
    const preempted: SequenceState[] = []
    const started: SequenceState[] = []
    const budget = this.#schedule(preempted)
    if (preempted.length === 0) this.#admit(budget, startMs, started)
    if (this.#batch.length === 0) return undefined
    const work = this.#work()
    const cost = this.#config.cost(work)
    this.#step = { startMs, endMs: startMs + cost.ms, work, cost }
    for (const { sequence } of preempted) sequence.preempted()
    for (const { list, sequence, cachedTokens = 0 } of started)
      if (list !== undefined) sequence.scheduled(startMs, cachedTokens)
    return this.#step.endMs
  }

  /** Moves the current step to later by `ms`. */
  delay(ms: number): void {
    if (this.#step === undefined) return
    this.#step.startMs += ms
    this.#step.endMs += ms
  }

  /**
   * Ends the current step. Every sequence whose tokens are all computed gets a token, with the time `atMs`; `emitted` is
   * called after each. Throws between steps.
   */
  end(atMs: number, emitted?: () => void): StepRecord {
    const step = this.#step
    if (step === undefined) throw new Error('no step has begun')
    let producedTokens = 0
    let completedPromptTokens = 0
    for (const state of this.#batch) {
      // The sequence may have been aborted during the step, or just now by another one's callback.
      if (state.list === undefined || state.computed < state.tokens) continue
      const { sequence } = state
      producedTokens++
      if (state.produced === 0) {
        completedPromptTokens += sequence.promptTokens - (state.cachedTokens ?? 0)
        this.#queuedPromptTokens -= sequence.promptTokens
      }
      state.produced++
      if (state.produced >= sequence.outputTokens) this.#remove(state)
      sequence.produce(1, atMs)
      emitted?.()
    }
    this.#batch.length = this.#batchTokens.length = 0
    this.#step = undefined
    return {
      startMs: step.startMs,
      endMs: step.endMs,
      work: step.work,
      producedTokens,
      completedPromptTokens,
      gpuMs: step.cost.gpuMs,
      readBytes: step.cost.readBytes,
      writtenBytes: step.cost.writtenBytes,
      flops: step.cost.flops,
    }
  }

  /**
   * Schedules running sequences, in their order; if blocks run out, the last one is preempted.
   * @returns the budget left
   */
  #schedule(preempted: SequenceState[]): number {
    let budget = this.#config.maxNumBatchedTokens
    for (let state = this.#running.first; state !== undefined && budget > 0; state = state.next) {
      const count = Math.min(state.tokens - state.computed, budget)
      while (state.list === this.#running && !this.#cache.extend(state, state.computed + count))
        this.#preempt(preempted)
      if (state.list !== this.#running) break
      this.#compute(state, count)
      budget -= count
    }
    return budget
  }

  #preempt(preempted: SequenceState[]): void {
    const last = this.#running.last as SequenceState
    this.#cache.free(last)
    last.computed = 0
    this.#running.remove(last)
    this.#waiting.prepend(last)
    preempted.push(last)
  }

  /** Admits waiting sequences, first come, first served: none overtakes one that does not fit. */
  #admit(budget: number, startMs: number, started: SequenceState[]): void {
    let left = budget
    while (left > 0 && this.#running.size < this.#config.maxNumSeqs) {
      const state = this.#waiting.first
      if (state === undefined || state.arrivalMs > startMs) break
      const cached = this.#cache.admit(state)
      if (cached === undefined) break
      this.#waiting.remove(state)
      this.#running.append(state)
      state.computed = cached
      const count = Math.min(state.tokens - cached, left)
      this.#cache.extend(state, cached + count)
      this.#compute(state, count)
      left -= count
      if (state.cachedTokens !== undefined) continue
      state.cachedTokens = cached
      started.push(state)
    }
  }

  #compute(state: SequenceState, count: number): void {
    state.computed += count
    this.#batch.push(state)
    this.#batchTokens.push(count)
  }

  #work(): StepWork {
    let prefillTokens = 0
    let decodeTokens = 0
    let contextTokens = 0
    let attentionPairs = 0
    for (let at = 0; at < this.#batch.length; at++) {
      const { computed, produced, tokens } = this.#batch[at] as SequenceState
      const count = this.#batchTokens[at] as number
      if (count === 1 && produced > 0 && computed === tokens) decodeTokens++
      else prefillTokens += count
      contextTokens += computed
      attentionPairs += count * (computed - count) + (count * (count + 1)) / 2
    }
    return { sequences: this.#batch.length, prefillTokens, decodeTokens, contextTokens, attentionPairs }
  }

  #remove(state: SequenceState): void {
    this.#cache.free(state)
    state.list?.remove(state)
    this.#states.delete(state.sequence)
  }
}
