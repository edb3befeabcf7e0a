import { OpenaiUser } from './openai-user.ts'
import { TrpcSseUser } from './trpc-sse-user.ts'
import { TrpcWebsocketUser } from './trpc-websocket-user.ts'
import type { User } from './user.ts'

/** The protocol that a route speaks. */
export type Protocol = 'openai' | 'trpc-websocket' | 'trpc-sse'

export function createUser(protocol: Protocol, url: URL, model: string): User {
  if (protocol === 'openai') return new OpenaiUser(url, model)
  return protocol === 'trpc-sse' ? new TrpcSseUser(url) : new TrpcWebsocketUser(url)
}
