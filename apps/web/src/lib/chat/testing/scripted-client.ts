import { ChatError } from '@slicechat/client'
import type { Conversation, GenerationEvent, Message } from '@slicechat/client'
import type { ChatPort } from '../answer-follower.ts'

type Script = GenerationEvent | Error

/** A stream that the test writes as it goes. An error breaks it off; a later `watch` goes on after it. */
class ScriptedStream {
  readonly #items: Script[] = []
  #wake = Promise.withResolvers<void>()
  watchers = 0

  push(...items: Script[]): void {
    this.#items.push(...items)
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }

  async *watch(
    from: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<GenerationEvent, void, undefined> {
    const aborted = Promise.withResolvers<never>()
    aborted.promise.catch(() => undefined)
    const onAbort = () => aborted.reject(new DOMException('left', 'AbortError'))
    signal?.addEventListener('abort', onAbort)
    this.watchers++
    try {
      for (let i = from; ; i++) {
        while (i >= this.#items.length) await Promise.race([this.#wake.promise, aborted.promise])
        const item = this.#items[i]
        if (item instanceof Error) throw item
        if (!item) return
        yield item
        if (item.type === 'finished') return
      }
    } finally {
      this.watchers--
      signal?.removeEventListener('abort', onAbort)
    }
  }
}

export type Failing = Error | undefined

/** A client whose answers the test writes, and which records its calls. */
export class ScriptedClient {
  readonly calls: unknown[][] = []
  readonly streams = new Map<string, ScriptedStream>()
  conversation: Conversation | undefined
  /** The error of a conversation that cannot be loaded; by default, the API is unreachable. */
  missing: Failing
  /** The error of the next `send` or `regenerate`. */
  refuse: Failing
  #count = 0

  stream(generationId: string): ScriptedStream {
    const stream = this.streams.get(generationId) ?? new ScriptedStream()
    this.streams.set(generationId, stream)
    return stream
  }

  /** Called with the name of each call before anything else happens; may throw, as a broken client does. */
  onCall: (name: string) => unknown = () => undefined

  get port(): ChatPort {
    const start = (name: string) => (input: object) => {
      this.calls.push([name, input])
      const instead = this.onCall(name)
      if (instead instanceof Promise) return { ids: instead }
      const n = ++this.#count
      const refusal = this.refuse
      this.refuse = undefined
      const ids = refusal
        ? Promise.reject(refusal)
        : Promise.resolve({
            conversationId: 'c',
            userMessageId: `u${n}`,
            messageId: `a${n}`,
            generationId: `g${n}`,
          })
      ids.catch(() => undefined)
      return { ids, [Symbol.asyncIterator]: () => this.stream(`g${n}`).watch(0, undefined) }
    }
    return {
      send: start('send'),
      regenerate: start('regenerate'),
      watch: (
        generationId: string,
        { lastEventId, signal }: { lastEventId?: string; signal?: AbortSignal } = {},
      ) => {
        this.calls.push(['watch', generationId, lastEventId])
        this.onCall('watch')
        return this.stream(generationId).watch(Number(lastEventId ?? 0), signal)
      },
      stop: (generationId: string) => {
        this.calls.push(['stop', generationId])
        this.onCall('stop')
        return Promise.resolve(true)
      },
      api: {
        conversations: {
          get: {
            query: ({ id }: { id: string }) => {
              this.calls.push(['get', id])
              return this.conversation
                ? Promise.resolve(this.conversation)
                : Promise.reject(
                    this.missing ?? new ChatError('down', { code: 'API_UNREACHABLE', retryable: true }),
                  )
            },
          },
        },
        generations: {
          report: {
            mutate: (report: object) => {
              this.calls.push(['report', report])
              this.onCall('report')
              return Promise.resolve()
            },
          },
        },
      },
      // tRPC's own types require more than the tests use.
    } as unknown as ChatPort
  }
}

export function stored(id: string, over: Partial<Message> & Pick<Message, 'role' | 'parentId'>): Message {
  return { id, content: id, reasoning: '', createdAt: '2026-11-22T00:00:00Z', ...over }
}
