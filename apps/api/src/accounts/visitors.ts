import type { AccessMode, Invitation } from '@slicechat/contract'
import { CodedError } from '../errors.ts'
import type { AccountParts } from './account-parts.ts'
import { assertGoodPassword } from './passwords.ts'

/** The owner of everything that was made without accounts. */
export const OWNER_WITHOUT_ACCOUNTS = 'local'

/** What an invited person says about itself. */
export interface SignUp {
  token: string
  name: string
  email: string
  password: string
}

/** What anybody may do who has not signed in. */
export class Visitors {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  mode(): AccessMode {
    const { auth, providerName, mailer } = this.#parts
    return { auth, provider: auth === 'oidc' ? providerName : null, resetByEmail: mailer !== undefined }
  }

  /** @throws {CodedError} NOT_FOUND, RATE_LIMITED */
  async invitation(token: string, address: string): Promise<Invitation> {
    const { email, role, expiresAt } = await this.#find(token, 'invitation', address)
    return { email, role, expiresAt }
  }

  /**
   * Makes an account for an invited person, who then signs in. The first admin takes over what was made without accounts.
   * @throws {CodedError} NOT_FOUND, BAD_INPUT, RATE_LIMITED
   */
  async accept({ token, name, password, ...input }: SignUp, address: string): Promise<{ email: string }> {
    const { users, invitations, passwords, audit } = this.#parts
    const invitation = await this.#find(token, 'invitation', address)
    const email = input.email.toLowerCase()
    if (invitation.email !== null && invitation.email !== email)
      throw new CodedError('BAD_INPUT', 'email: the invitation is for another address', { field: 'email' })
    assertGoodPassword(password, email, 'password')
    const passwordHash = await passwords.hash(password)
    const { role } = invitation
    // The admin who wrote the address into the invitation, or the operator who read the first link, vouches for it.
    const emailVerified = invitation.email !== null || invitation.createdBy === null
    const { id, takesOver } = await users.transaction(async (transaction) => {
      if (!(await invitations.take(transaction, invitation.id))) throw gone()
      const isFirst = role === 'admin' && (await users.admins(transaction)) === 0
      const added = await users.add(transaction, { name, email, emailVerified, role, passwordHash })
      if (added === undefined)
        throw new CodedError('BAD_INPUT', 'email: there is an account with this address', { field: 'email' })
      if (isFirst) await users.handOver(transaction, OWNER_WITHOUT_ACCOUNTS, added)
      return { id: added, takesOver: isFirst }
    })
    await audit.write({ address }, { action: 'sign-up', subject: id, details: { email, role, takesOver } })
    return { email }
  }

  /**
   * Sends a link that sets a new password. The answer is the same, and as fast, whether or not there is such an account.
   * @throws {CodedError} NOT_FOUND without a mail server, RATE_LIMITED
   */
  requestReset(email: string, address: string): void {
    const { mailer, attempts, log } = this.#parts
    if (mailer === undefined)
      throw new CodedError('NOT_FOUND', 'Ask an admin for a link that sets a new password.')
    attempts.take(address, `reset ${email.toLowerCase()}`)
    this.#sendReset(email.toLowerCase(), address).catch((error: unknown) =>
      log.error({ err: error }, 'a link that resets a password could not be sent'),
    )
  }

  async #sendReset(email: string, address: string): Promise<void> {
    const { users, links, mailer, audit } = this.#parts
    const user = await users.find({ email })
    if (user === undefined || user.disabledAt !== null) return
    const { url } = await links.reset(user.id, null)
    await audit.write({ address }, { action: 'reset-requested', subject: user.id, details: { email } })
    await mailer?.send(
      email,
      'Set a new password for Slicechat',
      `Open this link within an hour to set a new password:\n\n${url}\n\nIf you did not ask for it, do nothing.\n`,
    )
  }

  /** Sets a new password and ends the person's sessions. @throws {CodedError} NOT_FOUND, BAD_INPUT, RATE_LIMITED */
  async resetPassword(token: string, password: string, address: string): Promise<{ email: string }> {
    const { users, invitations, sessions, connections, passwords, audit } = this.#parts
    const { id, userId } = await this.#find(token, 'reset', address)
    const user = userId === null ? undefined : await users.find({ id: userId })
    if (user === undefined) throw gone()
    assertGoodPassword(password, user.email, 'password')
    const hash = await passwords.hash(password)
    await users.transaction(async (transaction) => {
      if (!(await invitations.take(transaction, id))) throw gone()
      await users.setPassword(transaction, user.id, hash)
    })
    await sessions.removeAll(user.id)
    connections.end({ userId: user.id })
    await audit.write(
      { address },
      { action: 'password-reset', subject: user.id, details: { email: user.email } },
    )
    return { email: user.email }
  }

  /** Finds a link. Guessing of tokens is slowed down; a good one costs no try. */
  async #find(token: string, kind: 'invitation' | 'reset', address: string) {
    const giveBack = this.#parts.attempts.take(address, `link ${token}`)
    const link = await this.#parts.links.find(token, kind)
    giveBack()
    return link
  }
}

const gone = (): CodedError =>
  new CodedError('NOT_FOUND', 'This link is not valid any more. Ask for a new one.')
