import type { PersonalKey, Role, Scope } from '@slicechat/contract'
import { PreparedQuery } from './prepared-query.ts'
import type { Database } from './tables.ts'

/** A key with the person to whom it belongs. */
export interface KnownKey {
  id: string
  scopes: string
  expiresAt: string | null
  revokedAt: string | null
  userId: string
  role: Role
  name: string
  email: string
  disabledAt: string | null
}

/** Stores personal API keys, of which only a digest is kept. */
export class PersonalKeyStore {
  readonly #db: Database
  readonly #byDigest: PreparedQuery<{ digest: string }, KnownKey>

  constructor(db: Database) {
    this.#db = db
    this.#byDigest = new PreparedQuery((value) =>
      db
        .selectFrom('personal_keys as k')
        .innerJoin('users as u', 'u.id', 'k.user_id')
        .select(['k.id', 'scopes', 'expires_at as expiresAt', 'revoked_at as revokedAt'])
        .select(['u.id as userId', 'role', 'u.name', 'email', 'disabled_at as disabledAt'])
        .where('digest', '=', value('digest')),
    )
  }

  /** Finds a key and its person by one read of an index. */
  find(digest: string): Promise<KnownKey | undefined> {
    return this.#byDigest.first(this.#db, { digest })
  }

  async add(userId: string, digest: string, key: PersonalKey): Promise<void> {
    const { id, name, start, scopes, createdAt, expiresAt } = key
    await this.#db
      .insertInto('personal_keys')
      .values({
        id,
        user_id: userId,
        name,
        digest,
        start,
        scopes: JSON.stringify(scopes),
        created_at: createdAt,
        expires_at: expiresAt,
        last_used_at: null,
        revoked_at: null,
      })
      .execute()
  }

  /** The keys of a person, newest first, revoked ones too. */
  async list(userId: string): Promise<PersonalKey[]> {
    const rows = await this.#db
      .selectFrom('personal_keys')
      .selectAll()
      .where('user_id', '=', userId)
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .execute()
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      start: row.start,
      scopes: JSON.parse(row.scopes) as Scope[],
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      lastUsedAt: row.last_used_at,
      revokedAt: row.revoked_at,
    }))
  }

  /**
   * Revokes a key that is not revoked yet.
   * @param userId the person to whom it must belong; any if `undefined`
   * @returns the person to whom it belongs; `undefined` if there is no such key
   */
  async revoke(userId: string | undefined, id: string): Promise<string | undefined> {
    let update = this.#db
      .updateTable('personal_keys')
      .set({ revoked_at: new Date().toISOString() })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
    if (userId !== undefined) update = update.where('user_id', '=', userId)
    return (await update.returning('user_id').executeTakeFirst())?.user_id
  }

  /** The number of keys of each person that are not revoked. */
  async counts(userIds: readonly string[]): Promise<Map<string, number>> {
    if (userIds.length === 0) return new Map()
    const rows = await this.#db
      .selectFrom('personal_keys')
      .select((row) => ['user_id', row.fn.countAll<number | string>().as('count')])
      .where('user_id', 'in', userIds)
      .where('revoked_at', 'is', null)
      .groupBy('user_id')
      .execute()
    return new Map(rows.map(({ user_id: id, count }) => [id, Number(count)]))
  }

  /** Writes when keys were used last. @param times ISO times by key */
  async used(times: ReadonlyMap<string, string>): Promise<void> {
    if (times.size === 0) return
    await this.#db.transaction().execute(async (transaction) => {
      for (const [id, at] of times)
        await transaction
          .updateTable('personal_keys')
          .set({ last_used_at: at })
          .where('id', '=', id)
          .execute()
    })
  }
}
