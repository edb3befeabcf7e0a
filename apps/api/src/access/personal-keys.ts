import { createHash, randomBytes } from 'node:crypto'
import { SCOPES, type Scope } from '@slicechat/contract'
import type { KnownKey, PersonalKeyStore } from '../store/personal-keys.ts'
import { allows, PERSONAL_KEY_PREFIX, type Principal, scopesOf } from './access.ts'

/** 32 random bytes in base64url. A key needs no checksum: a wrong one costs a hash and one read of an index. */
const SECRET = /^[A-Za-z0-9_-]{43}$/
/** Characters of a key that are shown to recognise it: the prefix and 4 of 43. */
const START_CHARS = PERSONAL_KEY_PREFIX.length + 4

/** A key that has just been made. Only its digest is stored. */
export interface MadeKey {
  key: string
  digest: string
  start: string
}

/** 256 random bits need no salt and no slow hash: nobody can try them all. */
const digestOf = (key: string): string => createHash('sha256').update(key).digest('hex')

export function makePersonalKey(): MadeKey {
  const key = `${PERSONAL_KEY_PREFIX}${randomBytes(32).toString('base64url')}`
  return { key, digest: digestOf(key), start: key.slice(0, START_CHARS) }
}

/** What personal keys are checked with. */
export interface PersonalKeysOptions {
  store: Pick<PersonalKeyStore, 'find'>
  /** Is told that a key was used. */
  onUsed: (keyId: string) => void
  now?: () => number
}

/**
 * Checks personal keys. Nothing is kept between calls, so that a revoked key ends with its row. Whatever is wrong with a key,
 * the caller learns the same.
 */
export class PersonalKeys {
  readonly #options: PersonalKeysOptions

  constructor(options: PersonalKeysOptions) {
    this.#options = options
  }

  /** The person whose key it is; `undefined` for an unknown, expired or revoked key, and for a disabled person. */
  async principal(key: string): Promise<Principal | undefined> {
    const { store, onUsed, now = Date.now } = this.#options
    if (!SECRET.test(key.slice(PERSONAL_KEY_PREFIX.length))) return undefined
    const known = await store.find(digestOf(key))
    if (known === undefined || !isValid(known, now())) return undefined
    onUsed(known.id)
    const { id, userId, role, name, email } = known
    // A key never has more than its person has now.
    const own = scopesOf(role)
    const made = new Set(JSON.parse(known.scopes) as Scope[])
    return {
      owner: userId,
      scopes: new Set(SCOPES.filter((scope) => made.has(scope) && allows(own, scope))),
      user: { id: userId, role, name, email },
      keyId: id,
    }
  }
}

const isValid = ({ revokedAt, disabledAt, expiresAt }: KnownKey, now: number): boolean =>
  revokedAt === null && disabledAt === null && (expiresAt === null || Date.parse(expiresAt) > now)
