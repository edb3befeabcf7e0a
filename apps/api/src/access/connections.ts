import { CodedError } from '../errors.ts'
import type { Principal } from './access.ts'

/** Interval between checks of whether the callers of open connections may still call. */
const RECHECK_EVERY_MS = 60_000

/** A socket, or a response that is being sent. */
export interface Connection {
  principal: Principal
  /** Authenticates its caller again. */
  recheck: () => Promise<Principal | undefined>
  /** Cuts it off. */
  end: () => void
}

/** Whose connections are meant. */
export type Whose = { sessionId: string } | { userId: string } | { keyId: string }

const isOf = ({ principal }: Connection, whose: Whose): boolean => {
  if ('sessionId' in whose) return principal.sessionId === whose.sessionId
  if ('keyId' in whose) return principal.keyId === whose.keyId
  return principal.user?.id === whose.userId
}

/** All open connections, to bound them by owner and to end those of a caller who may call no longer. */
export class Connections {
  readonly #byOwner = new Map<string, Set<Connection>>()
  readonly #maxPerOwner: number
  readonly #timer: NodeJS.Timeout

  constructor(maxPerOwner: number, recheckEveryMs = RECHECK_EVERY_MS) {
    this.#maxPerOwner = maxPerOwner
    this.#timer = setInterval(() => void this.recheck(), recheckEveryMs).unref()
  }

  /** The number of open connections of an owner. */
  count(owner: string): number {
    return this.#byOwner.get(owner)?.size ?? 0
  }

  /** @throws {CodedError} RATE_LIMITED if the owner has as many as it may have */
  assertRoom(owner: string): void {
    if (this.count(owner) >= this.#maxPerOwner)
      throw new CodedError('RATE_LIMITED', `You have ${this.#maxPerOwner} connections open already.`)
  }

  /**
   * Registers a connection.
   * @returns unregisters it
   * @throws {CodedError} RATE_LIMITED
   */
  open(connection: Connection): () => void {
    const { owner } = connection.principal
    this.assertRoom(owner)
    const own = this.#byOwner.get(owner) ?? new Set()
    this.#byOwner.set(owner, own.add(connection))
    return () => {
      own.delete(connection)
      if (own.size === 0 && this.#byOwner.get(owner) === own) this.#byOwner.delete(owner)
    }
  }

  /** Cuts off the connections of a session, a person or a key at once. */
  end(whose: Whose): void {
    for (const own of this.#byOwner.values())
      for (const connection of own) if (isOf(connection, whose)) connection.end()
  }

  /** Cuts off each connection whose caller may call no longer. Each session and each key is checked once. */
  async recheck(): Promise<void> {
    const byCredential = new Map<string, Connection[]>()
    for (const own of this.#byOwner.values())
      for (const connection of own) {
        const { sessionId, keyId } = connection.principal
        const credential = sessionId ?? keyId
        if (credential === undefined) continue
        const same = byCredential.get(credential)
        if (same === undefined) byCredential.set(credential, [connection])
        else same.push(connection)
      }
    for (const connections of byCredential.values()) {
      // A store that is away for a moment must not cut everybody off.
      const known = await connections[0]?.recheck().catch(() => connections[0]?.principal)
      if (known === undefined) for (const connection of connections) connection.end()
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
