import { omitUndefined } from '@slicechat/contract'
import {
  type AnswerIds,
  type ChatClient,
  type ErrorCode,
  type FinishedEvent,
  toChatError,
} from '@slicechat/client'
import type { Ask, Outcome, TargetConversation } from './target.ts'

interface ApiConversationOptions {
  readonly systemPrompt: string | undefined
  readonly model: string | undefined
}

/** A conversation in the API's store. */
export class ApiConversation implements TargetConversation {
  readonly #client: ChatClient
  readonly #options: ApiConversationOptions
  /** Ids of the newest answer. */
  #ids: AnswerIds | undefined

  constructor(client: ChatClient, options: ApiConversationOptions) {
    this.#client = client
    this.#options = options
  }

  send(content: string, ask: Ask): Promise<Outcome> {
    const { systemPrompt, model } = this.#options
    const { maxTokens, exact, temperature } = ask
    const minTokens = exact ? maxTokens : undefined
    const params = omitUndefined({ systemPrompt, maxTokens, minTokens, temperature })
    const input = omitUndefined({ content, params, model, conversationId: this.#ids?.conversationId })
    return this.#read(() => this.#client.send(input).ids, ask)
  }

  regenerate(ask: Ask): Promise<Outcome> {
    const messageId = this.#ids?.messageId
    if (messageId === undefined) throw new Error('there is no answer to make again')
    return this.#read(() => this.#client.regenerate({ messageId }).ids, ask)
  }

  async end(): Promise<void> {
    const id = this.#ids?.conversationId
    if (id !== undefined) await this.#client.api.conversations.remove.mutate({ id })
  }

  async #read(start: () => Promise<AnswerIds>, { signal, how, arrived }: Ask): Promise<Outcome> {
    let generationId: string | undefined
    const leaving = new AbortController()
    const giveUp = (): void => {
      if (how === 'leave') leaving.abort()
      // `stop` still reads the stream to its end, whose event gives the token counts. If the API refuses the
      // call, the answer goes on and is read; if the API is gone, no end will come and the reader leaves.
      else if (generationId !== undefined)
        this.#client.stop(generationId).catch((error: unknown) => {
          if (toChatError(error).code === 'API_UNREACHABLE') leaving.abort()
        })
    }
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      this.#ids = await start()
      generationId = this.#ids.generationId
      if (signal.aborted) giveUp()
      for await (const event of this.#client.watch(generationId, { signal: leaving.signal }))
        if (event.type === 'delta' || event.type === 'reasoning') arrived(event.text.length)
        else if (event.type === 'finished') return outcomeOf(event, signal.aborted)
      return failure('CONNECTION_LOST', 'The stream ended without an end of the answer.')
    } catch (error) {
      if (leaving.signal.aborted) return { ...NO_REPORT, reason: 'abandoned', error: undefined }
      const { code, message } = toChatError(error)
      return failure(code, message)
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
}

const NO_REPORT = {
  promptTokens: undefined,
  completionTokens: undefined,
  apiTimings: undefined,
  engineTimings: undefined,
}

const failure = (code: ErrorCode, message: string): Outcome => ({
  ...NO_REPORT,
  reason: 'error',
  error: { code, message },
})

const CUT_OFF = {
  code: 'CONNECTION_LOST' satisfies ErrorCode,
  message: 'The connection was lost for so long that the API stopped the answer.',
}
const INTERRUPTED = { code: 'INTERRUPTED', message: 'The API ended before the answer did.' }

function outcomeOf({ reason, usage, timings, error }: FinishedEvent, gaveUp: boolean): Outcome {
  const known = {
    promptTokens: usage?.promptTokens,
    completionTokens: usage?.completionTokens,
    apiTimings: timings,
    engineTimings: undefined,
  }
  if (reason === 'stop' || reason === 'length') return { ...known, reason, error: undefined }
  // The user who gave up, or someone in the web app, stopped the answer: no failure of a server.
  if (reason === 'stopped' || (reason === 'abandoned' && gaveUp))
    return { ...known, reason: 'abandoned', error: undefined }
  if (reason === 'abandoned') return { ...known, reason: 'error', error: CUT_OFF }
  return { ...known, reason: 'error', error: error ?? INTERRUPTED }
}
