import type { AuditEntry, ManagedInvitation, ManagedUser, OneTimeLink, Page, Role } from '@slicechat/contract'
import type { Principal } from '../access/access.ts'
import type { AuditedAct } from '../access/audit.ts'
import { CodedError } from '../errors.ts'
import type { AuditStore } from '../store/audit.ts'
import type { PageCall } from '../store/page.ts'
import type { StoredUser } from '../store/users.ts'
import type { AccountParts } from './account-parts.ts'
import { removePerson, restrict } from './remove-person.ts'

/** Entries of the audit log in one page of its export. */
const EXPORTED_AT_ONCE = 1_000
const CSV_HEAD = 'at,action,actor,actorLabel,subject,ipAddress,details\n'

/** A line of CSV. A cell that a spreadsheet would take for a formula gets an apostrophe in front. */
function toCsv({ at, action, actor, actorLabel, subject, ipAddress, details }: AuditEntry): string {
  const cells = [at, action, actor, actorLabel, subject, ipAddress, JSON.stringify(details)]
  const quoted = cells.map(
    (cell) => `"${(cell ?? '').replace(/^(?=[=+\-@\t\r])/, "'").replaceAll('"', '""')}"`,
  )
  return `${quoted.join(',')}\n`
}

/** What an admin does with people. Each act is in the audit log. */
export class People {
  readonly #principal: Principal
  readonly #address: string | null
  readonly #parts: AccountParts & { auditStore: AuditStore }

  constructor(
    principal: Principal,
    address: string | null,
    parts: AccountParts & { auditStore: AuditStore },
  ) {
    this.#principal = principal
    this.#address = address
    this.#parts = parts
  }

  /** Lists people, newest first. */
  async list(page: PageCall): Promise<Page<ManagedUser>> {
    const { users, keys, budgets, lastSeen } = this.#parts
    await lastSeen.flush()
    const { items, nextCursor } = await users.list(page)
    const counts = await keys.counts(items.map(({ id }) => id))
    const managed = items.map(async ({ disabledAt, ...user }) => ({
      ...user,
      ...(await budgets.ofOwner(user.id)),
      disabled: disabledAt !== null,
      keys: counts.get(user.id) ?? 0,
    }))
    return { items: await Promise.all(managed), nextCursor }
  }

  /** @throws {CodedError} FORBIDDEN where a provider lets people in */
  async invite(email: string | null, role: Role): Promise<OneTimeLink> {
    this.#assertPasswords('People come in by the provider.')
    const address = email?.toLowerCase() ?? null
    const { url, expiresAt, id } = await this.#parts.links.invite(address, role, this.#principal.owner)
    await this.#audit({ action: 'user-invited', subject: id, details: { email: address, role } })
    return { url, expiresAt }
  }

  invitations(): Promise<ManagedInvitation[]> {
    return this.#parts.invitations.list(new Date())
  }

  /** @throws {CodedError} NOT_FOUND */
  async revokeInvitation(id: string): Promise<void> {
    const revoked = await this.#parts.invitations.revoke(id)
    if (revoked === undefined) throw new CodedError('NOT_FOUND', 'There is no such invitation.')
    await this.#audit({ action: 'invitation-revoked', subject: id, details: { email: revoked.email } })
  }

  /** @throws {CodedError} NOT_FOUND, and FORBIDDEN for the last admin and where a claim gives the role */
  async setRole(id: string, role: Role): Promise<void> {
    this.#assertPasswords('The role comes from the provider.')
    const { email } = await this.#find(id)
    if (role === 'admin') await this.#parts.users.update(undefined, id, { role })
    else await restrict(this.#parts, id, { role })
    // Its sockets come back with the new role.
    this.#parts.connections.end({ userId: id })
    await this.#audit({ action: 'role-changed', subject: id, details: { email, role } })
  }

  /** Lets a person call no longer: its sessions, keys and sockets end at once. @throws {CodedError} NOT_FOUND, FORBIDDEN */
  async disable(id: string): Promise<void> {
    const { email } = await this.#find(id)
    await restrict(this.#parts, id, { disabledAt: new Date().toISOString() })
    await this.#parts.sessions.removeAll(id)
    this.#parts.connections.end({ userId: id })
    await this.#audit({ action: 'user-disabled', subject: id, details: { email } })
  }

  /** @throws {CodedError} NOT_FOUND */
  async enable(id: string): Promise<void> {
    const { email } = await this.#find(id)
    await this.#parts.users.update(undefined, id, { disabledAt: null })
    await this.#audit({ action: 'user-enabled', subject: id, details: { email } })
  }

  /** Makes a link that sets a person's password. @throws {CodedError} NOT_FOUND, FORBIDDEN */
  async resetLink(id: string): Promise<OneTimeLink> {
    this.#assertPasswords('Passwords are kept where people sign in.')
    const { email } = await this.#find(id)
    const { url, expiresAt } = await this.#parts.links.reset(id, this.#principal.owner)
    await this.#audit({ action: 'reset-link-made', subject: id, details: { email } })
    return { url, expiresAt }
  }

  /** @throws {CodedError} NOT_FOUND */
  async endSessions(id: string): Promise<{ ended: number }> {
    const { email } = await this.#find(id)
    const ended = (await this.#parts.sessions.removeAll(id)).length
    this.#parts.connections.end({ userId: id })
    await this.#audit({ action: 'sessions-ended', subject: id, details: { email, ended } })
    return { ended }
  }

  /** Removes a person with all that belongs to it. @throws {CodedError} NOT_FOUND, and FORBIDDEN for the last admin */
  async remove(id: string): Promise<void> {
    const { email } = await this.#find(id)
    await removePerson(this.#parts, id)
    await this.#audit({ action: 'user-removed', subject: id, details: { email } })
  }

  /** Lists the audit log, newest first. */
  auditLog(page: PageCall): Promise<Page<AuditEntry>> {
    return this.#parts.auditStore.list(page)
  }

  /** A page of the audit log, newest first, as the lines of a file. */
  async exportAuditLog(
    format: 'jsonl' | 'csv',
    cursor: string | null,
  ): Promise<{ text: string; nextCursor: string | null }> {
    const { items, nextCursor } = await this.auditLog({ cursor, limit: EXPORTED_AT_ONCE })
    const text = items
      .map((entry) => (format === 'csv' ? toCsv(entry) : `${JSON.stringify(entry)}\n`))
      .join('')
    return { text: format === 'csv' && cursor === null ? `${CSV_HEAD}${text}` : text, nextCursor }
  }

  async #find(id: string): Promise<StoredUser> {
    const user = await this.#parts.users.find({ id })
    if (user === undefined) throw new CodedError('NOT_FOUND', 'There is no such person.')
    return user
  }

  #assertPasswords(otherwise: string): void {
    if (this.#parts.auth !== 'password') throw new CodedError('FORBIDDEN', otherwise)
  }

  #audit(act: AuditedAct): Promise<void> {
    return this.#parts.audit.write({ principal: this.#principal, address: this.#address }, act)
  }
}
