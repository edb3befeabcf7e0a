import type { Timings } from '@slicechat/metrics/reading'

/** A server under load, as one process sees it. */
export interface Target {
  readonly kind: 'api' | 'openai'
  readonly url: string
  /**
   * Checks that it is reachable, accepts the key and serves the model.
   * @throws TargetProblem with the flag to correct
   */
  check(): Promise<TargetCheck>
  /** Adds a virtual user. */
  user(): TargetUser
  /** Transport of the answers so far; `undefined` before the first. */
  readonly transport: 'websocket' | 'sse' | 'http' | undefined
  close(): Promise<void>
}

/** What the check of a target found. */
export interface TargetCheck {
  readonly model: string
  readonly simulated: boolean
  readonly maxModelLen: number
  /** The server upgrades only WebSockets with the `Origin` of its own page. */
  readonly asPage: boolean
  /** A Slicechat API stands before the model server: always for a target of kind `api`. */
  readonly throughApi: boolean
}

/** A virtual user's access to the server: with `--sockets per-user`, its own connection. */
export interface TargetUser {
  /** Begins a conversation; its history is kept in the API's store, or in this process for an OpenAI server. */
  converse(options: { systemPrompt: string | undefined }): TargetConversation
  close(): void
}

export interface TargetConversation {
  /** Sends the user's next message. */
  send(content: string, ask: Ask): Promise<Outcome>
  /** Asks for the last answer to be generated again. */
  regenerate(ask: Ask): Promise<Outcome>
  /** Ends the conversation and removes what the server stored of it. */
  end(): Promise<void>
}

export interface Ask {
  readonly maxTokens: number | undefined
  /** The answer has exactly `maxTokens` tokens. */
  readonly exact: boolean
  readonly temperature: number | undefined
  /** Fires when the user gives up; `how` says what the user does then. */
  readonly signal: AbortSignal
  readonly how: 'stop' | 'leave'
  /** Called at once when a non-empty piece of text (reasoning too) arrives, before anything else is done. */
  readonly arrived: (characters: number) => void
}

/** How an answer ended. Nothing is thrown: a failure is an outcome too. */
export interface Outcome {
  readonly reason: 'stop' | 'length' | 'abandoned' | 'error'
  /** As the model server counted them; `undefined` if nobody reported them (the user left). */
  readonly promptTokens: number | undefined
  readonly completionTokens: number | undefined
  readonly error: { readonly code: string; readonly message: string } | undefined
  /** The API's own timings of this answer. */
  readonly apiTimings: Timings | undefined
  /** vLLM's own timings in milliseconds, if the target is an OpenAI server with per-request metrics on. */
  readonly engineTimings: { readonly ttftMs: number; readonly queueMs: number } | undefined
}
