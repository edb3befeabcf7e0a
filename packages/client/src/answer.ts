import type { GenerationEvent } from './contract.ts'

/** An answer that was asked for. Iterate it once; a `for await` that is left early goes on at the server. */
export interface Answer<Ids> extends AsyncIterable<GenerationEvent> {
  /** Resolves when the API has accepted the call (and stored the message); rejects with a `ChatError`. */
  readonly ids: Promise<Ids>
}

/** What an answer needs of the client. */
export interface AnswerSource<Ids> {
  start: () => Promise<Ids>
  watch: (generationId: string) => AsyncIterable<GenerationEvent>
  stop: (generationId: string) => Promise<unknown>
}

/** Starts at once; reading begins with the iteration. When `signal` fires, the answer is stopped at the server. */
export function startAnswer<Ids extends { generationId: string }>(
  { start, watch, stop }: AnswerSource<Ids>,
  signal: AbortSignal | undefined,
): Answer<Ids> {
  const ids = signal?.aborted ? Promise.reject(signal.reason as Error) : start()
  // Whoever only iterates gets the failure from the iteration.
  ids.catch(() => forget())
  const onAbort = (): void => {
    ids.then(({ generationId }) => stop(generationId)).catch(() => {})
  }
  const forget = (): void => signal?.removeEventListener('abort', onAbort)
  signal?.addEventListener('abort', onAbort, { once: true })

  return {
    ids,
    async *[Symbol.asyncIterator]() {
      try {
        const { generationId } = await ids
        for await (const event of watch(generationId)) {
          // Only the end of the answer itself makes a later abort meaningless.
          if (event.type === 'finished') forget()
          yield event
        }
      } catch (error) {
        if (signal?.aborted) throw signal.reason
        throw error
      }
    },
  }
}
