import type { MessageGeneration } from '@slicechat/contract'
import type { EventWriter, LogEntry } from './log.ts'

/** The state of a generation and its text so far. */
export interface LiveGeneration {
  state: MessageGeneration
  content: string
  reasoning: string
}

/**
 * A place where generations are: this process, in which they run, or the store. Each method returns `undefined` for a
 * generation that is not there; then the next source is asked. Several instances of the API would each see the others
 * as one more source between the two.
 */
export interface GenerationSource {
  /**
   * Streams a generation's events after a position, up to its `finished`.
   * @param writer destination of the events; see `GenerationLog.tail`
   */
  stream: (
    owner: string,
    id: string,
    position: number,
    signal: AbortSignal,
    writer: EventWriter | undefined,
  ) => Promise<AsyncGenerator<LogEntry, void, undefined> | undefined>
  /** Stops a generation. @returns whether this call ended it */
  stop: (owner: string, id: string) => Promise<boolean | undefined>
  /** The newest state and text. */
  live: (owner: string, id: string) => Promise<LiveGeneration | undefined>
}
