import type { Timings } from '@slicechat/metrics'

/** A server under load, as one process sees it. */
export interface Target {
  readonly kind: 'api' | 'openai'
  readonly url: string
  /** Is it there, does it know us, which model does it serve? @throws TargetProblem that names the flag to mend */
  check(): Promise<Checked>
  /** A user arrives. */
  user(): TargetUser
  /** What answers came over so far; `undefined` before the first. */
  readonly transport: 'websocket' | 'sse' | 'http' | undefined
  close(): Promise<void>
}

/** What a target is found to be. */
export interface Checked {
  readonly model: string
  readonly simulated: boolean
  readonly maxModelLen: number
  /** It upgrades only sockets of its own page. */
  readonly asPage: boolean
}

/** One virtual user's way to the server: with `--sockets per-user` a connection of its own. */
export interface TargetUser {
  /** Begins a conversation; its history is kept where the target keeps it (the API's store, or here). */
  converse(options: { systemPrompt: string | undefined }): TargetConversation
  close(): void
}

export interface TargetConversation {
  /** Sends the user's next message. */
  send(content: string, ask: Ask): Promise<Outcome>
  /** Has the last answer made again. */
  regenerate(ask: Ask): Promise<Outcome>
  /** The conversation is over: what the server stored of it is removed. */
  end(): Promise<void>
}

export interface Ask {
  readonly maxTokens: number | undefined
  /** With `maxTokens`: the answer has exactly so many tokens. */
  readonly exact: boolean
  readonly temperature: number | undefined
  /** Fires when the user gives up; `how` says what is done then. */
  readonly signal: AbortSignal
  readonly how: 'stop' | 'leave'
  /** A non-empty piece of text (reasoning too) arrived: called at once, on arrival, before anything else is done. */
  readonly arrived: (characters: number) => void
}

/** How an answer ended. Never thrown: what goes wrong is an outcome. */
export interface Outcome {
  readonly reason: 'stop' | 'length' | 'abandoned' | 'error'
  /** As the model server counted them; `undefined` where nobody told (a user that left). */
  readonly promptTokens: number | undefined
  readonly completionTokens: number | undefined
  readonly error: { readonly code: string; readonly message: string } | undefined
  /** What the API measured of this answer. */
  readonly apiTimings: Timings | undefined
  /** What vLLM measured of it, with its per-request metrics on and the target an OpenAI server; milliseconds. */
  readonly engineTimings: { readonly ttftMs: number; readonly queueMs: number } | undefined
}
