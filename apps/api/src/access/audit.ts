import type { AuditEntry } from '@slicechat/contract'
import type { Logger } from '../logger.ts'
import type { AuditStore } from '../store/audit.ts'
import type { Principal } from './access.ts'

/** How long entries are kept. */
const KEPT_DAYS = 400

/** Who does something, and from where. */
export interface Actor {
  principal?: Principal | undefined
  address: string | null
}

/** What happened. */
export interface AuditedAct {
  action: string
  subject?: string | null
  details?: AuditEntry['details']
}

/** The log of sign-ins and of what admins did. Never write a secret or a text of a chat into it. */
export class AuditLog {
  readonly #store: AuditStore
  readonly #log: Logger

  constructor(store: AuditStore, log: Logger) {
    this.#store = store
    this.#log = log
  }

  /** Writes an entry, to the store and as a log line. @throws when the store cannot be written */
  async write(
    { principal, address }: Actor,
    { action, subject = null, details = {} }: AuditedAct,
  ): Promise<void> {
    const actor = principal?.user?.id ?? null
    const actorLabel = principal === undefined ? null : (principal.user?.email ?? principal.owner)
    const entry = { action, actor, actorLabel, subject, ipAddress: address, details }
    this.#log.info({ audit: entry }, 'audit')
    await this.#store.add(entry)
  }

  /** Removes entries that are older than `KEPT_DAYS`. */
  async sweep(now: Date): Promise<void> {
    await this.#store.removeBefore(new Date(now.getTime() - KEPT_DAYS * 86_400_000))
  }
}
