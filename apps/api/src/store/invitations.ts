import { randomUUID } from 'node:crypto'
import type { ManagedInvitation, Role } from '@slicechat/contract'
import type { Transaction } from 'kysely'
import type { Database, Tables } from './tables.ts'

/** What a link that works once is for. */
export interface StoredInvitation {
  id: string
  userId: string | null
  email: string | null
  role: Role
  createdBy: string | null
  expiresAt: string
}

/** A link before it is stored. */
export type NewInvitation = Omit<StoredInvitation, 'id'> & { tokenHash: string }

/** Stores links that work once, by the hash of their token. A used or revoked one is removed. */
export class InvitationStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async add(invitation: NewInvitation): Promise<string> {
    const id = randomUUID()
    await this.#db
      .insertInto('invitations')
      .values({
        id,
        token_hash: invitation.tokenHash,
        user_id: invitation.userId,
        email: invitation.email,
        role: invitation.role,
        created_by: invitation.createdBy,
        created_at: new Date().toISOString(),
        expires_at: invitation.expiresAt,
      })
      .execute()
    return id
  }

  /** The link with this token, if it has not expired. */
  find(tokenHash: string, now: Date): Promise<StoredInvitation | undefined> {
    return this.#db
      .selectFrom('invitations')
      .select(['id', 'user_id as userId', 'email', 'role', 'created_by as createdBy'])
      .select('expires_at as expiresAt')
      .where('token_hash', '=', tokenHash)
      .where('expires_at', '>', now.toISOString())
      .executeTakeFirst()
  }

  /** Uses a link up. @returns whether it was still there: of several callers at once only one gets `true` */
  async take(transaction: Transaction<Tables>, id: string): Promise<boolean> {
    const result = await transaction.deleteFrom('invitations').where('id', '=', id).executeTakeFirst()
    return result.numDeletedRows === 1n
  }

  /** The open invitations, newest first. */
  async list(now: Date): Promise<ManagedInvitation[]> {
    const rows = await this.#db
      .selectFrom('invitations')
      .leftJoin('users', 'users.id', 'invitations.created_by')
      .select(['invitations.id', 'invitations.email', 'invitations.role', 'users.email as invitedBy'])
      .select(['invitations.created_at', 'expires_at'])
      .where('user_id', 'is', null)
      .where('expires_at', '>', now.toISOString())
      .orderBy('invitations.created_at', 'desc')
      .limit(500)
      .execute()
    return rows.map(({ created_at: createdAt, expires_at: expiresAt, ...row }) => ({
      ...row,
      createdAt,
      expiresAt,
    }))
  }

  /** Removes an open invitation. @returns its address; `undefined` if there is no such invitation */
  revoke(id: string): Promise<{ email: string | null } | undefined> {
    return this.#db
      .deleteFrom('invitations')
      .where('id', '=', id)
      .where('user_id', 'is', null)
      .returning('email')
      .executeTakeFirst()
  }

  /** Removes the links of the first admin, those that set a person's password, or those that an admin made. */
  async removeOf(whose: { firstAdmin: true } | { userId: string } | { createdBy: string }): Promise<void> {
    const query = this.#db.deleteFrom('invitations')
    if ('userId' in whose) await query.where('user_id', '=', whose.userId).execute()
    else if ('createdBy' in whose) await query.where('created_by', '=', whose.createdBy).execute()
    else await query.where('user_id', 'is', null).where('created_by', 'is', null).execute()
  }

  async removeExpired(now: Date): Promise<void> {
    await this.#db.deleteFrom('invitations').where('expires_at', '<', now.toISOString()).execute()
  }
}
