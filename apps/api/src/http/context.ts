import type { IncomingHttpHeaders } from 'node:http'
import type { Access } from '../access/access.ts'
import type { ServicesOf } from '../services.ts'
import { type Context, toCoded } from '../trpc.ts'

/** What a transport needs to let calls in. */
export interface Entrance {
  access: Access
  servicesOf: ServicesOf
}

/**
 * The context of a call over HTTP, or of all calls of a socket.
 * @param apiKey the key of a socket's first message
 * @throws {TRPCError} of FORBIDDEN
 */
export async function createContext(
  { access, servicesOf }: Entrance,
  headers: IncomingHttpHeaders,
  apiKey?: string,
): Promise<Pick<Context, 'principal' | 'servicesOf'>> {
  const principal = await access.authenticate(headers, apiKey).catch((error: unknown) => {
    throw toCoded(error).toTRPC()
  })
  return { principal, servicesOf }
}
