import type { GenerationEvent } from './contract.ts'

/** An answer that was requested. Iterate it once; leaving the `for await` early does not stop it at the server. */
export interface Answer<Ids> extends AsyncIterable<GenerationEvent> {
  /** Resolves when the API has accepted the call (and stored the message); rejects with a `ChatError`. */
  readonly ids: Promise<Ids>
}

/** The client calls that an answer needs. */
export interface AnswerSource<Ids> {
  start: () => Promise<Ids>
  watch: (generationId: string) => AsyncIterable<GenerationEvent>
  stop: (generationId: string) => Promise<unknown>
}

/** Starts an answer at once; reading begins with the iteration. When `signal` fires, the server stops the answer. */
export function startAnswer<Ids extends { generationId: string }>(
  { start, watch, stop }: AnswerSource<Ids>,
  signal: AbortSignal | undefined,
): Answer<Ids> {
  const ids = signal?.aborted ? Promise.reject(signal.reason as Error) : start()
  // Handled here, because a caller that only iterates gets the failure from the iteration and never looks at `ids`.
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
          // The signal is needed until the answer itself ends: a reader that left early can still stop it.
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
