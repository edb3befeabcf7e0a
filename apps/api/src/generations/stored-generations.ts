import { omitUndefined } from '@slicechat/contract'
import type { GenerationStore, StoredGeneration } from '../store/generations.ts'
import { type EventWriter, GenerationLog, type LogEntry } from './log.ts'
import type { GenerationSource, LiveGeneration } from './source.ts'

interface OpenLog {
  log: Promise<GenerationLog | undefined>
  readers: number
}

/**
 * Answers that do not run here. Their logs are rebuilt from the store and kept while a reader uses them. Readers of one
 * answer share its log, so that many slow readers do not each hold a copy of the text. A row that has not ended is streamed
 * as interrupted.
 */
export class StoredGenerations implements GenerationSource {
  readonly #store: GenerationStore
  readonly #open = new Map<string, OpenLog>()

  constructor(store: GenerationStore) {
    this.#store = store
  }

  /** The log is released when the events have been read, so the caller must begin to read them. */
  async stream(
    owner: string,
    id: string,
    position: number,
    signal: AbortSignal,
    writer: EventWriter | undefined,
  ): Promise<AsyncGenerator<LogEntry, void, undefined> | undefined> {
    const key = `${owner} ${id}`
    const open = this.#open.get(key) ?? {
      log: this.#store.find(owner, id).then((stored) => stored && toLog(stored)),
      readers: 0,
    }
    this.#open.set(key, open)
    open.readers++
    const release = (): void => {
      if (--open.readers === 0) this.#open.delete(key)
    }
    let log: GenerationLog | undefined
    try {
      log = await open.log
    } finally {
      if (log === undefined) release()
    }
    return log && releasing(log.tail(position, signal, writer), release)
  }

  async stop(owner: string, id: string): Promise<boolean | undefined> {
    return (await this.#store.find(owner, id)) && false
  }

  async live(owner: string, id: string): Promise<LiveGeneration | undefined> {
    return this.#store.find(owner, id)
  }
}

/** Yields what `events` yields, then calls `release`. */
async function* releasing<T>(
  events: AsyncGenerator<T, void, undefined>,
  release: () => void,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* events
  } finally {
    release()
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
    ...omitUndefined({ note: state.note }),
    timings: state.timings ?? {
      queuedMs: null,
      upstreamTtftMs: null,
      ttftMs: null,
      e2eMs: 0,
      interTokenMsMean: null,
      tokensPerSecond: null,
      longestGapMs: null,
    },
    ...omitUndefined({ usage: state.usage, error: state.error }),
  })
  return log
}
