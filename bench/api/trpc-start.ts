import { randomUUID } from 'node:crypto'
import type { Connection } from './connection.ts'
import { prompt, seed } from './user.ts'

/** The part of the contract's events that the measurement reads. */
export type StreamEvent =
  | { type: 'delta' | 'reasoning'; text: string }
  | { type: 'finished'; reason: string; usage?: { completionTokens: number } }
  | { type: 'queued' | 'started' }

/** A procedure that begins an answer. */
export type StartProcedure = 'generations.start' | 'conversations.send'

/** Begins an answer as the client does; by `conversations.send` in a conversation of its own. */
export function startGeneration(
  connection: Connection,
  procedure: StartProcedure,
  tokens: number,
  onStarted: (generationId: string) => void,
  onFailed: (reason: string) => void,
): void {
  const body = JSON.stringify({
    requestId: randomUUID(),
    ...(procedure === 'conversations.send'
      ? { content: prompt }
      : { messages: [{ role: 'user', content: prompt }] }),
    params: { maxTokens: tokens, seed },
  })
  const parts: Buffer[] = []
  connection.request(`/trpc/${procedure}`, body, {
    bytes: (bytes) => parts.push(Buffer.from(bytes)),
    end: () => {
      const { result } = JSON.parse(Buffer.concat(parts).toString()) as {
        result: { data: { generationId: string } }
      }
      onStarted(result.data.generationId)
    },
    fail: onFailed,
  })
}

/** Calls `generations.stop`, as for a user who has read enough, then closes the connection. */
export function stopGeneration(connection: Connection, generationId: string): void {
  connection.request('/trpc/generations.stop', JSON.stringify({ generationId }), {
    bytes: () => undefined,
    end: () => connection.close(),
    fail: () => connection.close(),
  })
}
