import { CodedError } from '../errors.ts'
import type { GenerationStore, StoredGeneration } from '../store/generations.ts'
import { GenerationLog } from './log.ts'

interface Replay {
  log: Promise<GenerationLog>
  readers: number
}

/**
 * Logs of finished answers, rebuilt from the store and kept while a reader uses them. Readers of one answer share its
 * log, so that many slow readers do not each hold a copy of the text.
 */
export class StoredLogs {
  readonly #store: GenerationStore
  readonly #open = new Map<string, Replay>()

  constructor(store: GenerationStore) {
    this.#store = store
  }

  /**
   * Passes a generation's log to `use` and yields what that yields; the log is released at the end.
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

/** Rebuilds a log with its original positions, so that readers can resume. */
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
