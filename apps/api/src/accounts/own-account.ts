import { type AccountExportPage, type Profile, SCOPES, type SignedInSession } from '@slicechat/contract'
import { allows, type Principal } from '../access/access.ts'
import type { Actor } from '../access/audit.ts'
import { CodedError } from '../errors.ts'
import type { Conversations } from '../conversations/conversations.ts'
import { cursor as cursorInput } from '../input.ts'
import type { Runs } from '../runs/runs.ts'
import type { AccountParts } from './account-parts.ts'
import { assertGoodPassword } from './passwords.ts'
import { removePerson } from './remove-person.ts'

/** How cursors of an export begin, and the number of conversations in one page of it. */
const CONVERSATIONS = 'conversations:'
const RUNS = 'runs:'
const CONVERSATIONS_AT_ONCE = 20

/** The cursor of the list that an export walks. @throws {CodedError} BAD_INPUT */
function at(cursor: string, prefix: string): { cursor?: string } {
  const rest = cursor.slice(prefix.length)
  if (rest === '') return {}
  const parsed = cursorInput.safeParse(rest)
  if (!parsed.success || typeof parsed.data !== 'string')
    throw new CodedError('BAD_INPUT', 'cursor: must be the nextCursor of a page', { field: 'cursor' })
  return { cursor: parsed.data }
}

/** A caller's own account. */
export class OwnAccount {
  readonly #principal: Principal
  readonly #address: string | null
  readonly #parts: AccountParts

  constructor(principal: Principal, address: string | null, parts: AccountParts) {
    this.#principal = principal
    this.#address = address
    this.#parts = parts
  }

  async me(): Promise<Profile> {
    const { user, scopes } = this.#principal
    const known = user && (await this.#parts.users.find({ id: user.id }))
    return {
      user: known
        ? { id: known.id, name: known.name, email: known.email, role: known.role, createdAt: known.createdAt }
        : null,
      scopes: SCOPES.filter((scope) => allows(scopes, scope)),
    }
  }

  async sessions(): Promise<SignedInSession[]> {
    const { user, sessionId } = this.#principal
    if (user === undefined) return []
    const sessions = await this.#parts.sessions.list(user.id, new Date())
    return sessions.map((session) => ({ ...session, current: session.id === sessionId }))
  }

  /** Ends one of the caller's sessions, with its sockets. @throws {CodedError} NOT_FOUND */
  async revokeSession(id: string): Promise<void> {
    const { sessions, connections, audit } = this.#parts
    if (!(await sessions.remove(this.#person().id, id)))
      throw new CodedError('NOT_FOUND', 'There is no such session.')
    connections.end({ sessionId: id })
    await audit.write(this.#actor(), { action: 'session-revoked', subject: this.#person().id })
  }

  /** @throws {CodedError} FORBIDDEN where the provider gives the name */
  async rename(name: string): Promise<void> {
    this.#assertPassword()
    await this.#parts.users.update(undefined, this.#person().id, { name })
  }

  /** Changes the password and ends all other sessions. @throws {CodedError} BAD_INPUT, RATE_LIMITED, FORBIDDEN */
  async changePassword(current: string, next: string): Promise<void> {
    const { users, sessions, connections, audit } = this.#parts
    const { id, email } = this.#assertPassword()
    assertGoodPassword(next, email, 'newPassword')
    await this.#confirm(current, 'currentPassword')
    const hash = await this.#parts.passwords.hash(next)
    await users.transaction((transaction) => users.setPassword(transaction, id, hash))
    for (const sessionId of await sessions.removeAll(id, this.#principal.sessionId))
      connections.end({ sessionId })
    await audit.write(this.#actor(), { action: 'password-changed', subject: id })
  }

  /**
   * Exports everything that is kept of the caller: the account itself first, then conversations, then runs.
   * @param cursor `nextCursor` of the page before; `null` for the first
   */
  async export(conversations: Conversations, runs: Runs, cursor: string | null): Promise<AccountExportPage> {
    if (cursor === null) {
      const about = { type: 'account' as const, profile: await this.me(), sessions: await this.sessions() }
      return { items: [about], nextCursor: CONVERSATIONS }
    }
    if (cursor.startsWith(CONVERSATIONS)) {
      const page = await conversations.list({ ...at(cursor, CONVERSATIONS), limit: CONVERSATIONS_AT_ONCE })
      const items: AccountExportPage['items'] = []
      for (const { id } of page.items)
        items.push({ type: 'conversation', conversation: await conversations.export(id) })
      return { items, nextCursor: page.nextCursor === null ? RUNS : `${CONVERSATIONS}${page.nextCursor}` }
    }
    if (!cursor.startsWith(RUNS))
      throw new CodedError('BAD_INPUT', 'cursor: must be the nextCursor of a page', { field: 'cursor' })
    const page = await runs.list({ ...at(cursor, RUNS), limit: 1 })
    const items: AccountExportPage['items'] = []
    for (const { id } of page.items) items.push({ type: 'run', run: await runs.get(id) })
    return { items, nextCursor: page.nextCursor === null ? null : `${RUNS}${page.nextCursor}` }
  }

  /**
   * Removes the account and everything that belongs to it.
   * @param password needed where people have one
   * @throws {CodedError} BAD_INPUT, RATE_LIMITED, and FORBIDDEN for the last admin
   */
  async remove(password: string | undefined): Promise<void> {
    const { id, email } = this.#person()
    if (this.#principal.sessionId === undefined) throw onlyWithSession()
    if (this.#parts.auth === 'password') await this.#confirm(password ?? '', 'password')
    await removePerson(this.#parts, id)
    await this.#parts.audit.write(this.#actor(), {
      action: 'account-removed',
      subject: id,
      details: { email },
    })
  }

  /** Checks the caller's password, as slowly as a sign-in does. */
  async #confirm(password: string, field: string): Promise<void> {
    const { users, passwords, attempts, audit } = this.#parts
    const { id, email } = this.#person()
    const giveBack = attempts.take(this.#address ?? '', email)
    const hash = await users.passwordHash(id)
    if (hash === null || !(await passwords.verify({ hash, password }))) {
      await audit.write(this.#actor(), { action: 'password-refused', subject: id })
      throw new CodedError('BAD_INPUT', `${field}: is not your password`, { field })
    }
    giveBack()
  }

  #assertPassword(): { id: string; email: string } {
    const person = this.#person()
    if (this.#principal.sessionId === undefined) throw onlyWithSession()
    if (this.#parts.auth !== 'password')
      throw new CodedError('FORBIDDEN', 'Your name and your password are kept where you sign in.')
    return person
  }

  #person(): { id: string; email: string } {
    if (this.#principal.user === undefined)
      throw new CodedError('NOT_FOUND', 'There is no account behind this call.')
    return this.#principal.user
  }

  #actor(): Actor {
    return { principal: this.#principal, address: this.#address }
  }
}

const onlyWithSession = (): CodedError =>
  new CodedError('FORBIDDEN', 'A key cannot do this. Sign in on the page.')
