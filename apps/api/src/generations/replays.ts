import { CodedError } from '../errors.ts'
import type { GenerationStore, StoredGeneration } from '../store/generations.ts'
import { GenerationLog } from './log.ts'

interface Replay {
  log: Promise<GenerationLog>
  readers: number
}

/**
 * Logs of finished answers, rebuilt from the store for as long as somebody reads them. Readers of the same
 * answer share one, so that many that read slowly do not each hold its text.
 */
export class Replays {
  readonly #store: GenerationStore
  readonly #open = new Map<string, Replay>()

  constructor(store: GenerationStore) {
    this.#store = store
  }

  /**
   * Hands a log to `use` and lets go of it when that ends.
   * @throws {CodedError} NOT_FOUND
   */
  async *reading<T>(
    owner: string,
    id: string,
    use: (log: GenerationLog) => AsyncGenerator<T, void, undefined>,
  ): AsyncGenerator<T, void, undefined> {
    const key = `${owner} ${id}`
    let replay = this.#open.get(key)
    if (replay === undefined) {
      replay = { log: this.find(owner, id).then(toLog), readers: 0 }
      this.#open.set(key, replay)
    }
    replay.readers++
    try {
      yield* use(await replay.log)
    } finally {
      if (--replay.readers === 0) this.#open.delete(key)
    }
  }

  /** @throws {CodedError} NOT_FOUND */
  async find(owner: string, id: string): Promise<StoredGeneration> {
    const stored = await this.#store.find(owner, { id })
    if (stored === undefined) throw new CodedError('NOT_FOUND', 'There is no such generation.')
    return stored
  }
}

/** A log as it was, so that a reader's position keeps its meaning. */
function toLog({ content, reasoning, state, began }: StoredGeneration): GenerationLog {
  const textStart = Number(state.seq) - reasoning.length - content.length
  const log = new GenerationLog(Math.max(0, textStart - 1))
  if (began && state.model !== null) {
    const { model, timings, droppedMessages } = state
    log.append({ type: 'started', model, queuedMs: timings?.queuedMs ?? 0, droppedMessages })
  }
  log.append({ type: 'reasoning', text: reasoning })
  log.append({ type: 'delta', text: content })
  log.append({
    type: 'finished',
    reason: state.reason ?? 'interrupted',
    ...(state.note === undefined ? {} : { note: state.note }),
    timings: state.timings ?? {
      queuedMs: null,
      upstreamTtftMs: null,
      ttftMs: null,
      e2eMs: 0,
      interTokenMsMean: null,
      tokensPerSecond: null,
      longestGapMs: null,
    },
    ...(state.usage === undefined ? {} : { usage: state.usage }),
    ...(state.error === undefined ? {} : { error: state.error }),
  })
  return log
}
