import { randomUUID } from 'node:crypto'
import type { Page, Role } from '@slicechat/contract'
import type { Transaction } from 'kysely'
import { toIso } from './account-tables.ts'
import { kindOf } from './database-kind.ts'
import { OWNED_TABLES } from './owned-tables.ts'
import { type PageCall, readPage } from './page.ts'
import type { Database, Tables } from './tables.ts'

/** A person. */
export interface StoredUser {
  id: string
  name: string
  email: string
  role: Role
  createdAt: string
  disabledAt: string | null
  lastSeenAt: string | null
}

/** A person before it is stored. */
export interface NewUser {
  name: string
  /** In lower case. */
  email: string
  emailVerified: boolean
  role: Role
  passwordHash: string
}

const COLUMNS = ['id', 'name', 'email', 'role', 'created_at', 'disabled_at', 'last_seen_at'] as const

interface Row {
  id: string
  name: string
  email: string
  role: Role
  created_at: string | Date
  disabled_at: string | null
  last_seen_at: string | null
}

const toUser = (row: Row): StoredUser => ({
  id: row.id,
  name: row.name,
  email: row.email,
  role: row.role,
  createdAt: toIso(row.created_at),
  disabledAt: row.disabled_at,
  lastSeenAt: row.last_seen_at,
})

/** Stores people and their passwords. */
export class UserStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  transaction<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute(work)
  }

  async find(by: { id: string } | { email: string }): Promise<StoredUser | undefined> {
    const row = await this.#db
      .selectFrom('users')
      .select(COLUMNS)
      .where('id' in by ? 'id' : 'email', '=', 'id' in by ? by.id : by.email)
      .executeTakeFirst()
    return row && toUser(row)
  }

  /** Lists people by when they came, newest first. */
  list(page: PageCall): Promise<Page<StoredUser & { sessions: number }>> {
    const select = this.#db
      .selectFrom('users')
      .select(COLUMNS)
      .select((user) => [
        'created_at as at',
        user
          .selectFrom('sessions')
          .select(({ fn }) => fn.countAll<number | string>().as('count'))
          .whereRef('sessions.user_id', '=', 'users.id')
          .where('expires_at', '>', new Date().toISOString())
          .as('sessions'),
      ])
    return readPage(select, 'created_at', page, (row) => ({
      ...toUser(row),
      sessions: Number(row.sessions),
    }))
  }

  /** E-mail addresses by id; an id that is no person's is left out. */
  async emails(ids: readonly string[]): Promise<Map<string, string>> {
    if (ids.length === 0) return new Map()
    const rows = await this.#db.selectFrom('users').select(['id', 'email']).where('id', 'in', ids).execute()
    return new Map(rows.map(({ id, email }) => [id, email]))
  }

  /** How many admins there are who may sign in. */
  async admins(target: Database | Transaction<Tables> = this.#db): Promise<number> {
    const row = await target
      .selectFrom('users')
      .select(({ fn }) => fn.countAll<number | string>().as('count'))
      .where('role', '=', 'admin')
      .where('disabled_at', 'is', null)
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }

  /** Adds a person with a password. @returns its id; `undefined` if the address is taken */
  async add(transaction: Transaction<Tables>, user: NewUser): Promise<string | undefined> {
    const id = randomUUID()
    const at = new Date().toISOString()
    const times = { created_at: at, updated_at: at }
    const verified = kindOf(this.#db) === 'postgres' ? user.emailVerified : Number(user.emailVerified)
    const { name, email, role } = user
    const result = await transaction
      .insertInto('users')
      .values({
        id,
        name,
        email,
        email_verified: verified,
        image: null,
        role,
        disabled_at: null,
        last_seen_at: null,
        ...times,
      })
      .onConflict((conflict) => conflict.column('email').doNothing())
      .executeTakeFirst()
    if (result.numInsertedOrUpdatedRows !== 1n) return undefined
    await this.#addPassword(transaction, id, user.passwordHash)
    return id
  }

  async #addPassword(target: Database | Transaction<Tables>, userId: string, hash: string): Promise<void> {
    const at = new Date().toISOString()
    await target
      .insertInto('accounts')
      .values({
        id: randomUUID(),
        user_id: userId,
        account_id: userId,
        provider_id: 'credential',
        access_token: null,
        refresh_token: null,
        id_token: null,
        access_token_expires_at: null,
        refresh_token_expires_at: null,
        scope: null,
        password: hash,
        created_at: at,
        updated_at: at,
      })
      .execute()
  }

  /** The hash of a person's password; `null` for a person who has none. */
  async passwordHash(userId: string): Promise<string | null> {
    const row = await this.#db
      .selectFrom('accounts')
      .select('password')
      .where('user_id', '=', userId)
      .where('provider_id', '=', 'credential')
      .executeTakeFirst()
    return row?.password ?? null
  }

  async setPassword(transaction: Transaction<Tables>, userId: string, hash: string): Promise<void> {
    const result = await transaction
      .updateTable('accounts')
      .set({ password: hash, updated_at: new Date().toISOString() })
      .where('user_id', '=', userId)
      .where('provider_id', '=', 'credential')
      .executeTakeFirst()
    if (result.numUpdatedRows === 0n) await this.#addPassword(transaction, userId, hash)
  }

  async update(
    target: Transaction<Tables> | undefined,
    id: string,
    change: { name?: string; role?: Role; disabledAt?: string | null },
  ): Promise<void> {
    const { disabledAt, ...same } = change
    await (target ?? this.#db)
      .updateTable('users')
      .set({
        ...same,
        ...(disabledAt === undefined ? {} : { disabled_at: disabledAt }),
        updated_at: new Date().toISOString(),
      })
      .where('id', '=', id)
      .execute()
  }

  /**
   * Changes a person, unless it is the last admin who may sign in. The transaction holds the rows of all admins from the check to
   * the change, so that two admins who take each other out at the same moment do not leave none.
   * @returns whether the person was changed
   */
  updateUnlessLastAdmin(id: string, change: { role?: Role; disabledAt?: string }): Promise<boolean> {
    return this.transaction(async (transaction) => {
      const enabled = transaction
        .selectFrom('users')
        .select('id')
        .where('role', '=', 'admin')
        .where('disabled_at', 'is', null)
        .orderBy('id')
      // SQLite has one transaction at a time.
      const admins = await (kindOf(this.#db) === 'postgres' ? enabled.forUpdate() : enabled).execute()
      if (admins.length === 1 && admins[0]?.id === id) return false
      await this.update(transaction, id, change)
      return true
    })
  }

  /** Writes when people were last seen. */
  async seen(times: ReadonlyMap<string, string>): Promise<void> {
    if (times.size === 0) return
    await this.transaction(async (transaction) => {
      for (const [id, at] of times)
        await transaction.updateTable('users').set({ last_seen_at: at }).where('id', '=', id).execute()
    })
  }

  /** Gives everything that one owner has to another one. */
  async handOver(transaction: Transaction<Tables>, from: string, to: string): Promise<void> {
    for (const table of OWNED_TABLES)
      await transaction.updateTable(table).set({ owner: to }).where('owner', '=', from).execute()
  }

  /** Removes a person with all that belongs to it. */
  async remove(transaction: Transaction<Tables>, id: string): Promise<void> {
    for (const table of OWNED_TABLES.toReversed())
      await transaction.deleteFrom(table).where('owner', '=', id).execute()
    await transaction.deleteFrom('users').where('id', '=', id).execute()
  }
}
