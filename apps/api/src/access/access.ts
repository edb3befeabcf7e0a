import type { IncomingHttpHeaders } from 'node:http'
import type { Role, Scope } from '@slicechat/contract'
import { CodedError } from '../errors.ts'
import type { ApiKeys } from './api-keys.ts'
import type { OriginPolicy } from './origin-policy.ts'

/** Who makes a call. */
export interface Principal {
  /** Whose data the call reaches. Everything that is stored belongs to one owner. */
  owner: string
  /** What the caller may do. */
  scopes: ReadonlySet<Scope>
  /** The person; absent for a key of the environment and without accounts. `owner` is the person's id. */
  user?: { id: string; role: Role; name: string; email: string } | undefined
  /** The session in whose name a page calls. */
  sessionId?: string | undefined
  /** The personal key that the call came with. */
  keyId?: string | undefined
}

/** What a key of the environment may do, and everybody where there are no accounts. */
const ALL_BUT_ADMIN: ReadonlySet<Scope> = new Set(['chat', 'read', 'runs'])

/** Whether scopes allow what needs `scope`. Whoever may chat may also read. */
export const allows = (scopes: ReadonlySet<Scope>, scope: Scope): boolean =>
  scopes.has(scope) || (scope === 'read' && scopes.has('chat'))

/** Decides who may use the API, over HTTP and over a socket. */
export class Access {
  readonly #keys: ApiKeys
  readonly #originPolicy: OriginPolicy

  constructor(keys: ApiKeys, originPolicy: OriginPolicy) {
    this.#keys = keys
    this.#originPolicy = originPolicy
  }

  /**
   * Identifies the caller of a request or of an upgrade.
   * @param apiKey the key of a socket's first message, where a page sends it: it cannot set the headers of an upgrade
   * @returns `undefined` if there is no known key
   * @throws {CodedError} FORBIDDEN for a page of another site
   */
  authenticate(headers: IncomingHttpHeaders, apiKey?: string): Promise<Principal | undefined> {
    if (!this.#originPolicy.admit(headers))
      return Promise.reject(new CodedError('FORBIDDEN', 'Pages of this origin may not use the API.'))
    const bearer = headers.authorization ?? (apiKey === undefined ? undefined : `Bearer ${apiKey}`)
    const owner = this.#keys.owner(bearer)
    return Promise.resolve(owner === undefined ? undefined : { owner, scopes: ALL_BUT_ADMIN })
  }
}
