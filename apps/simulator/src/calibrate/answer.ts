/** The number of tokens of an answer at one moment. */
export interface Progress {
  readonly atMs: number
  /** Tokens so far, from the `usage` of the chunk. */
  readonly tokens: number
}

/** A streamed answer. Times are in milliseconds on one monotonic clock. */
export interface Answer {
  readonly sentMs: number
  readonly promptTokens: number
  readonly completionTokens: number
  /** One entry for every piece that brought tokens, in order. Never empty. */
  readonly progress: readonly Progress[]
  /** Time from the engine's start on the prompt to the first token, as the server measured it. */
  readonly serverPrefillMs: number | undefined
}

interface Chunk {
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null
  readonly metrics?: { readonly time_to_first_token_ms?: number | null } | null
  readonly error?: { readonly message?: string }
}

/** Reads the events of a stream. @returns the answer, or a sentence that says what is wrong with the stream */
export function readAnswer(
  sentMs: number,
  pieces: readonly { readonly atMs: number; readonly text: string }[],
): Answer | string {
  const progress: Progress[] = []
  let promptTokens = 0
  let tokens = 0
  let serverPrefillMs: number | undefined
  let rest = ''
  for (const { atMs, text } of pieces) {
    const events = (rest + text).split(/\r?\n\r?\n/)
    rest = events.pop() ?? ''
    const before = tokens
    for (const event of events) {
      const data = event.startsWith('data:') ? event.slice(5).trim() : '[DONE]'
      if (data === '[DONE]') continue
      const chunk = chunkIn(data)
      if (chunk === undefined) return `The server sent an event that is not JSON: ${data.slice(0, 100)}`
      if (chunk.error !== undefined) return `The server broke off: ${chunk.error.message ?? data}`
      if (chunk.usage == null) return 'The server sends no usage with its chunks (continuous_usage_stats).'
      promptTokens = chunk.usage.prompt_tokens
      tokens = chunk.usage.completion_tokens
      serverPrefillMs = chunk.metrics?.time_to_first_token_ms ?? serverPrefillMs
    }
    if (tokens > before) progress.push({ atMs, tokens })
  }
  if (progress.length === 0) return 'The server sent no tokens.'
  return { sentMs, promptTokens, completionTokens: tokens, progress, serverPrefillMs }
}

function chunkIn(data: string): Chunk | undefined {
  try {
    return JSON.parse(data) as Chunk
  } catch {
    return undefined
  }
}
