import { createHash, randomBytes } from 'node:crypto'
import type { OneTimeLink, Role } from '@slicechat/contract'
import { CodedError } from '../errors.ts'
import type { InvitationStore, StoredInvitation } from '../store/invitations.ts'

const HOUR_MS = 60 * 60 * 1_000
/** How long links can be used. One in an e-mail lies about in more places, and is asked for when it is needed. */
const INVITATION_MS = 7 * 24 * HOUR_MS
const RESET_MS = 24 * HOUR_MS
const MAILED_RESET_MS = HOUR_MS

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/**
 * Links that work once: invitations, and links that set a new password. The token stands behind the `#`, which browsers send to
 * no server, so that it gets into no log and no `Referer`.
 */
export class Links {
  readonly #store: InvitationStore
  readonly #publicUrl: string

  constructor(store: InvitationStore, publicUrl: string) {
    this.#store = store
    this.#publicUrl = publicUrl
  }

  /** @param createdBy the admin's id; `null` for the link of the first admin */
  async invite(
    email: string | null,
    role: Role,
    createdBy: string | null,
  ): Promise<OneTimeLink & { id: string }> {
    return this.#make('invitation', { userId: null, email, role, createdBy }, INVITATION_MS)
  }

  /** The link of the first admin. Earlier ones stop working. */
  async inviteFirstAdmin(): Promise<OneTimeLink> {
    await this.#store.removeOf({ firstAdmin: true })
    return this.invite(null, 'admin', null)
  }

  /**
   * A link that sets a person's password. Earlier ones stop working.
   * @param createdBy the admin's id; `null` if the link is mailed
   */
  async reset(userId: string, createdBy: string | null): Promise<OneTimeLink> {
    await this.#store.removeOf({ userId })
    const ms = createdBy === null ? MAILED_RESET_MS : RESET_MS
    return this.#make('reset', { userId, email: null, role: 'user', createdBy }, ms)
  }

  /** @throws {CodedError} NOT_FOUND for a token that is unknown, used, revoked or expired, or of the other kind */
  async find(token: string, kind: 'invitation' | 'reset'): Promise<StoredInvitation> {
    const link = await this.#store.find(hashOf(token), new Date())
    if (link === undefined || (link.userId === null) !== (kind === 'invitation'))
      throw new CodedError('NOT_FOUND', 'This link is not valid any more. Ask for a new one.')
    return link
  }

  async #make(
    page: 'invitation' | 'reset',
    link: Omit<StoredInvitation, 'id' | 'expiresAt'>,
    ms: number,
  ): Promise<OneTimeLink & { id: string }> {
    const token = randomBytes(24).toString('base64url')
    const expiresAt = new Date(Date.now() + ms).toISOString()
    const id = await this.#store.add({ ...link, tokenHash: hashOf(token), expiresAt })
    return { id, url: `${this.#publicUrl}/${page}#${token}`, expiresAt }
  }
}
