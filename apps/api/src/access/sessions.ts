import type { IncomingHttpHeaders } from 'node:http'
import type { SessionStore } from '../store/sessions.ts'
import { type Principal, scopesOf } from './access.ts'
import { sessionTokenOf } from './session-cookie.ts'

/** What sessions are checked with. */
export interface SessionsOptions {
  store: Pick<SessionStore, 'find'>
  cookieName: string
  /** The secret that the cookie is signed with. */
  secret: string
  /** Is told that a person has called. */
  onSeen: (userId: string) => void
  now?: () => number
}

/** Checks the session of a call. Nothing is kept between calls: a session that was ended ends with its row. */
export class Sessions {
  readonly #options: SessionsOptions

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /** The person whose session is in the cookie; `undefined` for none, an expired one, and a disabled person. */
  async principal({ cookie }: IncomingHttpHeaders): Promise<Principal | undefined> {
    const { store, cookieName, secret, onSeen, now = Date.now } = this.#options
    const token = sessionTokenOf(cookie, cookieName, secret)
    if (token === undefined) return undefined
    const session = await store.find(token)
    if (session === undefined || session.disabledAt !== null) return undefined
    if (new Date(session.expiresAt).getTime() <= now()) return undefined
    onSeen(session.userId)
    const { userId, role, name, email } = session
    return {
      owner: userId,
      scopes: scopesOf(role),
      user: { id: userId, role, name, email },
      sessionId: session.id,
    }
  }
}
