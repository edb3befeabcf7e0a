import { randomUUID } from 'node:crypto'
import type { PersonalKey, Scope } from '@slicechat/contract'
import { allows, type Principal } from '../access/access.ts'
import { makePersonalKey } from '../access/personal-keys.ts'
import { CodedError } from '../errors.ts'
import type { AccountParts } from './account-parts.ts'

/** Most keys of one person that are not revoked. */
const MAX_KEYS = 50

/** What a person asks of a new key. */
export interface KeyWish {
  name: string
  scopes: readonly Scope[]
  expiresAt: string | null
}

/** A caller's own personal keys. */
export class OwnKeys {
  readonly #principal: Principal
  readonly #address: string | null
  readonly #parts: AccountParts

  constructor(principal: Principal, address: string | null, parts: AccountParts) {
    this.#principal = principal
    this.#address = address
    this.#parts = parts
  }

  async list(): Promise<PersonalKey[]> {
    const { user } = this.#principal
    if (user === undefined) return []
    await this.#parts.keysUsed.flush()
    return this.#parts.keys.list(user.id)
  }

  /**
   * Makes a key. It is returned here and nowhere else.
   * @throws {CodedError} FORBIDDEN without a session: a key that could make keys would outlive its revocation
   */
  async create({ name, scopes, expiresAt }: KeyWish): Promise<{ key: string; about: PersonalKey }> {
    const { user, sessionId, scopes: own } = this.#principal
    if (user === undefined || sessionId === undefined)
      throw new CodedError('FORBIDDEN', 'Keys are made by a person who is signed in.')
    const above = scopes.find((scope) => !allows(own, scope))
    if (above !== undefined) throw new CodedError('FORBIDDEN', `You do not have the scope \`${above}\`.`)
    if (expiresAt !== null && Date.parse(expiresAt) <= Date.now())
      throw new CodedError('BAD_INPUT', 'expiresAt: must be in the future', { field: 'expiresAt' })
    if (((await this.#parts.keys.counts([user.id])).get(user.id) ?? 0) >= MAX_KEYS)
      throw new CodedError('BAD_INPUT', `You have ${MAX_KEYS} keys. Revoke one first.`)
    const { key, digest, start } = makePersonalKey()
    const about: PersonalKey = {
      ...{ id: randomUUID(), name, start, scopes: [...new Set(scopes)], expiresAt },
      ...{ createdAt: new Date().toISOString(), lastUsedAt: null, revokedAt: null },
    }
    await this.#parts.keys.add(user.id, digest, about)
    const details = { keyId: about.id, name, scopes: about.scopes.join(' ') }
    await this.#audit({ action: 'key-made', subject: user.id, details })
    return { key, about }
  }

  /** Revokes a key and ends its sockets. @throws {CodedError} NOT_FOUND */
  async revoke(id: string): Promise<void> {
    const { user } = this.#principal
    if (user === undefined || (await this.#parts.keys.revoke(user.id, id)) === undefined)
      throw new CodedError('NOT_FOUND', 'There is no such key.')
    this.#parts.connections.end({ keyId: id })
    await this.#audit({ action: 'key-revoked', subject: user.id, details: { keyId: id } })
  }

  #audit(act: Parameters<AccountParts['audit']['write']>[1]): Promise<void> {
    return this.#parts.audit.write({ principal: this.#principal, address: this.#address }, act)
  }
}
