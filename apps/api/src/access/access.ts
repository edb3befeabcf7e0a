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

/** What a key of the environment may do, a person, and everybody where there are no accounts. */
const ALL_BUT_ADMIN: ReadonlySet<Scope> = new Set(['chat', 'read', 'runs'])

/** What a person may do who has signed in. */
export const scopesOf = (role: Role): ReadonlySet<Scope> => (role === 'admin' ? ALL : ALL_BUT_ADMIN)

const ALL: ReadonlySet<Scope> = new Set([...ALL_BUT_ADMIN, 'admin'])

/** Whether scopes allow what needs `scope`. Whoever may chat may also read. */
export const allows = (scopes: ReadonlySet<Scope>, scope: Scope): boolean =>
  scopes.has(scope) || (scope === 'read' && scopes.has('chat'))

/** One way to know a caller: a session or a personal key. `undefined` if it is no valid one. */
export interface Credentials {
  /** The person behind the session cookie of a request. */
  session: (headers: IncomingHttpHeaders) => Promise<Principal | undefined>
  /** The person behind a personal key. */
  key: (key: string) => Promise<Principal | undefined>
}

/** What matters of a call beside its headers. */
export interface CallKind {
  /** The key of a socket's first message, where a page sends it: it cannot set the headers of an upgrade. */
  apiKey?: string | undefined
  /** Whether the call can change something, as all can but a GET over HTTP. */
  mayChange?: boolean | undefined
}

/** How personal keys begin. */
export const PERSONAL_KEY_PREFIX = 'sk-slice-'

/** Decides who may use the API, over HTTP and over a socket. */
export class Access {
  readonly #keys: ApiKeys
  readonly #originPolicy: OriginPolicy
  readonly #credentials: Credentials | undefined

  /** @param credentials how people are known; absent without accounts */
  constructor(keys: ApiKeys, originPolicy: OriginPolicy, credentials?: Credentials) {
    this.#keys = keys
    this.#originPolicy = originPolicy
    this.#credentials = credentials
  }

  /**
   * Identifies the caller of a request or of an upgrade: by its bearer key, else by the session in its cookie. A browser sends
   * cookies for any page, so a session counts for calls that may change something only if one of our pages makes them.
   * @returns `undefined` if there is no valid key or session
   * @throws {CodedError} FORBIDDEN for a page of another site
   */
  async authenticate(
    headers: IncomingHttpHeaders,
    { apiKey, mayChange = true }: CallKind = {},
  ): Promise<Principal | undefined> {
    if (!this.#originPolicy.admit(headers))
      throw new CodedError('FORBIDDEN', 'Pages of this origin may not use the API.')
    const bearer = headers.authorization ?? (apiKey === undefined ? undefined : `Bearer ${apiKey}`)
    if (this.#credentials !== undefined) {
      const personal = /^Bearer +(\S+)$/i.exec(bearer ?? '')?.[1]
      if (personal?.startsWith(PERSONAL_KEY_PREFIX) === true) return this.#credentials.key(personal)
      if (bearer === undefined) {
        const principal = await this.#credentials.session(headers)
        if (principal !== undefined && mayChange && !this.#originPolicy.isFromOurPage(headers))
          throw new CodedError('FORBIDDEN', 'With a session, only a page of this site may make this call.')
        return principal
      }
      if (!this.#keys.required) return undefined
    }
    const owner = this.#keys.owner(bearer)
    return owner === undefined ? undefined : { owner, scopes: ALL_BUT_ADMIN }
  }
}
