/** A chunk of a chat stream: the parts that the contract checks. */
export interface Chunk {
  readonly id: string
  readonly choices: readonly {
    readonly delta: { readonly role?: string; readonly content?: string }
    readonly finish_reason: string | null
    readonly stop_reason?: string | number | null
    readonly token_ids?: readonly number[] | null
  }[]
  readonly usage?: Usage
}

export interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  /** Present with `--enable-prompt-tokens-details`. */
  readonly prompt_tokens_details?: {
    readonly cached_tokens: number
    readonly created_cache_tokens: number
    readonly multimodal_tokens?: null
  } | null
}

/** The payloads of a stream's events. */
export const eventsOf = (body: string): string[] =>
  body
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      if (!event.startsWith('data: ')) throw new Error(`not an event: ${event}`)
      return event.slice('data: '.length)
    })

/** A stream that was read to its end, with its parts. */
export interface ReadStream {
  readonly events: readonly string[]
  readonly chunks: readonly Chunk[]
  readonly text: string
  readonly finishReason: string | null | undefined
  readonly stopReason: string | number | null | undefined
  readonly usage: Usage | undefined
}

export async function readStream(response: Response): Promise<ReadStream> {
  const events = eventsOf(await response.text())
  const chunks = events.filter((event) => event !== '[DONE]').map((event) => JSON.parse(event) as Chunk)
  const choices = chunks.flatMap((chunk) => chunk.choices)
  return {
    events,
    chunks,
    text: choices.map(({ delta }) => delta.content ?? '').join(''),
    finishReason: choices.at(-1)?.finish_reason,
    stopReason: choices.at(-1)?.stop_reason,
    usage: chunks.at(-1)?.usage,
  }
}
