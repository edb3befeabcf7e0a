import type { Role } from '@slicechat/contract'
import type { CompiledQuery } from 'kysely'
import { toIso } from './account-tables.ts'
import type { Database } from './tables.ts'

/** A session with its person, as each call needs them. */
export interface StoredSession {
  id: string
  expiresAt: string | Date
  userId: string
  name: string
  email: string
  role: Role
  disabledAt: string | null
}

/** A session, as its person sees it. */
export interface ListedSession {
  id: string
  createdAt: string
  expiresAt: string
  ipAddress: string | null
  userAgent: string | null
}

/** Stores sessions. better-auth makes and prolongs them. */
export class SessionStore {
  readonly #db: Database
  /** The query of each call of a page, compiled once. */
  readonly #find: CompiledQuery<StoredSession>

  constructor(db: Database) {
    this.#db = db
    this.#find = db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .select(['sessions.id', 'sessions.expires_at as expiresAt', 'users.id as userId'])
      .select(['users.name', 'users.email', 'users.role', 'users.disabled_at as disabledAt'])
      .where('sessions.token', '=', '')
      .compile()
  }

  /** The session with a token, expired or not. */
  async find(token: string): Promise<StoredSession | undefined> {
    const { rows } = await this.#db.executeQuery<StoredSession>({ ...this.#find, parameters: [token] })
    return rows[0]
  }

  /** The sessions of a person that have not expired, newest first. */
  async list(userId: string, now: Date): Promise<ListedSession[]> {
    const rows = await this.#db
      .selectFrom('sessions')
      .select(['id', 'created_at', 'expires_at', 'ip_address', 'user_agent'])
      .where('user_id', '=', userId)
      .where('expires_at', '>', now.toISOString())
      .orderBy('created_at', 'desc')
      .limit(200)
      .execute()
    return rows.map((row) => ({
      id: row.id,
      createdAt: toIso(row.created_at),
      expiresAt: toIso(row.expires_at),
      ipAddress: row.ip_address,
      userAgent: row.user_agent,
    }))
  }

  /** @returns whether the person had such a session */
  async remove(userId: string, id: string): Promise<boolean> {
    const result = await this.#db
      .deleteFrom('sessions')
      .where('user_id', '=', userId)
      .where('id', '=', id)
      .executeTakeFirst()
    return result.numDeletedRows > 0n
  }

  /** Removes all sessions of a person but one. @returns the ids of the removed ones */
  async removeAll(userId: string, except?: string): Promise<string[]> {
    let query = this.#db.deleteFrom('sessions').where('user_id', '=', userId)
    if (except !== undefined) query = query.where('id', '!=', except)
    const rows = await query.returning('id').execute()
    return rows.map(({ id }) => id)
  }

  /** Removes what has expired: sessions, and sign-ins that never came back from the provider. */
  async removeExpired(now: Date): Promise<void> {
    await this.#db.deleteFrom('sessions').where('expires_at', '<', now.toISOString()).execute()
    await this.#db.deleteFrom('verifications').where('expires_at', '<', now.toISOString()).execute()
  }
}
