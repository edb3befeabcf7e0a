import { randomUUID } from 'node:crypto'
import type { AuditEntry, Page } from '@slicechat/contract'
import type { Transaction } from 'kysely'
import { type PageCall, readPage } from './page.ts'
import type { Database, Tables } from './tables.ts'

/** An entry before it is written; `at` and `id` are added. */
export type NewAuditEntry = Omit<AuditEntry, 'id' | 'at'>

/** Stores the audit log. Entries are only added, and removed when they are old. */
export class AuditStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** @param target a transaction, for an act that must not happen without its entry */
  async add(entry: NewAuditEntry, target: Database | Transaction<Tables> = this.#db): Promise<void> {
    await target
      .insertInto('audit_log')
      .values({
        id: randomUUID(),
        at: new Date().toISOString(),
        action: entry.action,
        actor: entry.actor,
        actor_label: entry.actorLabel,
        subject: entry.subject,
        ip_address: entry.ipAddress,
        details: JSON.stringify(entry.details),
      })
      .execute()
  }

  /** Lists entries, newest first. */
  list(page: PageCall): Promise<Page<AuditEntry>> {
    const select = this.#db
      .selectFrom('audit_log')
      .select(['id', 'at', 'action', 'actor', 'actor_label', 'subject', 'ip_address', 'details'])
    return readPage(select, 'at', page, (row) => ({
      id: row.id,
      at: row.at,
      action: row.action,
      actor: row.actor,
      actorLabel: row.actor_label,
      subject: row.subject,
      ipAddress: row.ip_address,
      details: JSON.parse(row.details) as AuditEntry['details'],
    }))
  }

  /** @returns the number of removed entries */
  async removeBefore(time: Date): Promise<number> {
    const result = await this.#db
      .deleteFrom('audit_log')
      .where('at', '<', time.toISOString())
      .executeTakeFirst()
    return Number(result.numDeletedRows)
  }
}
