import type { IncomingMessage } from 'node:http'
import type { Access, CallKind, Principal } from '../access/access.ts'
import type { ClientAddresses } from '../access/client-address.ts'
import type { Connections } from '../access/connections.ts'
import type { Visitors } from '../accounts/visitors.ts'
import type { ServicesOf } from '../services.ts'
import { type Context, toCoded } from '../trpc.ts'

/** What a transport needs to let calls in. */
export interface Entrance {
  access: Access
  servicesOf: ServicesOf
  visitors: Visitors
  connections: Connections
  addresses: ClientAddresses
}

/** The part of a context that is the same for all transports. */
type CallerContext = Pick<Context, 'principal' | 'servicesOf' | 'visitors' | 'address'>

/** The context of a known caller's calls, or of somebody unknown's. */
export const contextOf = (
  { servicesOf, visitors, addresses }: Entrance,
  request: IncomingMessage,
  principal: Principal | undefined,
): CallerContext => ({ principal, servicesOf, visitors, address: addresses.of(request) })

/** Identifies a caller. @throws {TRPCError} of FORBIDDEN */
export function identify(
  { access }: Entrance,
  { headers }: IncomingMessage,
  kind: CallKind,
): Promise<Principal | undefined> {
  return access.authenticate(headers, kind).catch((error: unknown) => {
    throw toCoded(error).toTRPC()
  })
}

/**
 * Registers a caller's connection, until it closes, so that it ends when the caller's session or key does.
 * @throws {TRPCError} of RATE_LIMITED
 */
export function registerConnection(
  { access, connections }: Entrance,
  { headers }: IncomingMessage,
  { principal, kind, end }: { principal: Principal; kind: CallKind; end: () => void },
): () => void {
  try {
    return connections.open({ principal, recheck: () => access.authenticate(headers, kind), end })
  } catch (error) {
    throw toCoded(error).toTRPC()
  }
}
