import type { AppRouter } from '@slicechat/api'
import { createTRPCClient, httpBatchLink, httpLink, splitLink, type TRPCClient } from '@trpc/client'
import { platform } from '#platform'
import { type Answer, startAnswer } from './answer.ts'
import type { AnswerIds, GenerateInput, GenerationEvent, RegenerateInput, SendInput } from './contract.ts'
import { toChatError } from './error.ts'
import { createRequestId } from './request-id.ts'
import { type Subscribe, resumingStream } from './resuming-stream.ts'
import { type Transport, TransportSwitch } from './transport.ts'

export interface ChatClientOptions {
  /**
   * Address of the API: `http://host:4000`, `https://host/chat` under a path, or `/trpc` on a page of a Slicechat web
   * server.
   */
  url: string
  /** Bearer key, if the API asks for one. Do not set it in a browser, where the web server adds the key. */
  apiKey?: string
  /** Default: WebSocket, with a fallback to SSE when the upgrade does not get through. */
  transport?: Transport
  fetch?: typeof globalThis.fetch
  WebSocket?: typeof globalThis.WebSocket
  EventSource?: typeof globalThis.EventSource
}

interface CallOptions {
  /** Ends the answer, at the server too; the iteration then throws the signal's reason. */
  signal?: AbortSignal
}

interface WatchOptions {
  /** Position to begin after: `seq` of a message's generation, or the id of the last event seen. */
  lastEventId?: string
  /** Ends the reading; the answer goes on at the server. */
  signal?: AbortSignal
}

/** See {@link createChatClient}. */
export interface ChatClient {
  /** The typed tRPC client itself. Its calls reject with tRPC's errors; `toChatError` converts them. */
  readonly api: TRPCClient<AppRouter>
  /** Answers messages that belong to no stored conversation: only the caller keeps them. */
  generate: (input: GenerateInput, options?: CallOptions) => Answer<{ generationId: string }>
  /** Stores a message in a conversation (a new one without `conversationId`) and answers it. */
  send: (input: SendInput, options?: CallOptions) => Answer<AnswerIds>
  /** Asks for another answer to the question that the message `messageId` answers. */
  regenerate: (input: RegenerateInput, options?: CallOptions) => Answer<AnswerIds>
  /** Reads an answer that is running or finished, from any position. */
  watch: (generationId: string, options?: WatchOptions) => AsyncGenerator<GenerationEvent, void, undefined>
  /** Ends a running answer; its readers get `finished` with the reason `stopped`. */
  stop: (generationId: string) => Promise<boolean>
  /** The transport that the next answer will use. */
  readonly transport: Transport
  close: () => void
}

/** Attempts at one call when the API is unreachable. Repeating a start is safe, because it carries a request id. */
const START_ATTEMPTS = 3

/** @throws {TypeError} when `url` is not an `http:` or `https:` URL */
function endpoint(url: string): URL {
  let resolved: URL | undefined
  try {
    resolved = platform.resolve(url)
  } catch {
    // Reported below, with the name of the option.
  }
  if (resolved === undefined || !/^https?:$/.test(resolved.protocol))
    throw new TypeError(`url: ${JSON.stringify(url)} is no address such as http://localhost:3000.`)
  const path = resolved.pathname.replace(/\/+$/, '')
  resolved.pathname = path.endsWith('/trpc') ? path : `${path}/trpc`
  return resolved
}

async function repeatable<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await call()
    } catch (error) {
      const failure = toChatError(error)
      if (failure.code !== 'API_UNREACHABLE' || attempt === START_ATTEMPTS) throw failure
      await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** attempt))
    }
}

const withId = <T extends object>(input: T): T & { requestId: string } => ({
  ...input,
  requestId: createRequestId(),
})

/**
 * A client of the Slicechat API for browsers and Node.
 *
 * @example
 * ```ts
 * const client = createChatClient({ url: 'http://localhost:4000' })
 * const answer = client.generate({ messages: [{ role: 'user', content: 'Hello!' }] })
 * for await (const event of answer) {
 *   if (event.type === 'delta') process.stdout.write(event.text)
 *   if (event.type === 'finished') console.log(event.reason, event.usage, event.timings)
 * }
 * client.close()
 * ```
 *
 * A start that fails rejects with a `ChatError`. A failure after the start arrives as `finished` with an `error`;
 * the text so far is kept.
 */
export function createChatClient(options: ChatClientOptions): ChatClient {
  const url = endpoint(options.url)
  const { apiKey, fetch = globalThis.fetch.bind(globalThis) } = options
  const transport = new TransportSwitch({
    url,
    apiKey,
    fetch,
    transport: options.transport,
    WebSocket: options.WebSocket,
    EventSource: options.EventSource,
  })
  // tRPC has its own type for `fetch`, but needs less than every standard `fetch` provides.
  const send = fetch as NonNullable<Parameters<typeof httpLink>[0]['fetch']>
  const authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
  const api = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: transport.link,
        false: splitLink({
          condition: ({ type }) => type === 'mutation',
          // The web server, the API and the model server all see the same id: the request id of the call.
          true: httpLink({
            url: url.href,
            fetch: send,
            headers: ({ op }) => ({ ...authorization, 'x-request-id': requestIdIn(op.input) }),
          }),
          // POST keeps search terms out of URLs, and so out of access logs.
          false: httpBatchLink({
            url: url.href,
            fetch: send,
            headers: authorization,
            methodOverride: 'POST',
            maxItems: 20,
          }),
        }),
      }),
    ],
  })

  const watch: ChatClient['watch'] = (generationId, { lastEventId, signal } = {}) => {
    const subscribe: Subscribe = (last, observer) =>
      api.generations.stream.subscribe(
        { generationId, ...(last === undefined ? {} : { lastEventId: last }) },
        {
          onData: (event) => observer.onData(event),
          onError: (error) => observer.onError(error),
          onComplete: () => observer.onComplete(),
          onConnectionStateChange: ({ state }) => observer.onConnected(state === 'pending'),
        },
      )
    return resumingStream(subscribe, lastEventId, signal)
  }
  const stop = async (generationId: string): Promise<boolean> =>
    (await repeatable(() => api.generations.stop.mutate({ generationId }))).stopped

  /** Never throws: a failure to make the call, even a synchronous one, rejects the answer's `ids`. */
  const answer = <Input extends object, Ids extends { generationId: string }>(
    call: (input: Input & { requestId: string }) => Promise<Ids>,
    input: Input,
    signal: AbortSignal | undefined,
  ): Answer<Ids> =>
    startAnswer(
      {
        start: async () => {
          const identified = withId(input)
          return repeatable(() => call(identified))
        },
        watch: (generationId) => watch(generationId, signal === undefined ? {} : { signal }),
        stop,
      },
      signal,
    )

  return {
    api,
    generate: (input, { signal } = {}) => answer((call) => api.generations.start.mutate(call), input, signal),
    send: (input, { signal } = {}) => answer((call) => api.conversations.send.mutate(call), input, signal),
    regenerate: (input, { signal } = {}) =>
      answer((call) => api.conversations.regenerate.mutate(call), input, signal),
    watch,
    stop,
    get transport() {
      return transport.current
    },
    close: () => transport.close(),
  }
}

/** The request id of a call's input, or a new one. */
function requestIdIn(input: unknown): string {
  const id = (input as { requestId?: unknown } | undefined)?.requestId
  return typeof id === 'string' ? id : createRequestId()
}
