import type { ColumnType } from 'kysely'

/** A time in a table of better-auth: ISO text in SQLite, a `Date` in PostgreSQL. */
export type Moment = ColumnType<string | Date, string, string>

/** A time of better-auth's as ISO text. */
export const toIso = (moment: string | Date): string => new Date(moment).toISOString()

/** A person. The first columns are better-auth's, the others ours. */
interface UserRow {
  id: string
  name: string
  /** In lower case. */
  email: string
  /** 0 or 1 in SQLite. */
  email_verified: number | boolean
  image: string | null
  created_at: Moment
  updated_at: Moment
  role: 'user' | 'admin'
  /** When an admin disabled the person; `null` for one who may sign in. */
  disabled_at: string | null
  /** Written in batches: up to a minute late. */
  last_seen_at: string | null
}

/** A session that is signed in (better-auth's). */
interface SessionRow {
  id: string
  user_id: string
  /** What the cookie holds, beside its signature. */
  token: string
  expires_at: Moment
  ip_address: string | null
  user_agent: string | null
  created_at: Moment
  updated_at: Moment
}

/** How a person signs in (better-auth's): with a password, or as the subject of a provider. */
interface AccountRow {
  id: string
  user_id: string
  account_id: string
  /** `credential` for a password. */
  provider_id: string
  access_token: string | null
  refresh_token: string | null
  id_token: string | null
  access_token_expires_at: Moment | null
  refresh_token_expires_at: Moment | null
  scope: string | null
  /** scrypt, with its salt. */
  password: string | null
  created_at: Moment
  updated_at: Moment
}

/** The state of a sign-in that is under way at a provider (better-auth's). */
interface VerificationRow {
  id: string
  identifier: string
  value: string
  expires_at: Moment
  created_at: Moment
  updated_at: Moment
}

/** A link that works once: an invitation to sign up, or one that sets a new password. */
interface InvitationRow {
  id: string
  /** SHA-256 of the token in the link, in hexadecimal. */
  token_hash: string
  /** Whose password it sets; `null` for an invitation. */
  user_id: string | null
  /** The only address that can use it; `null` for any. */
  email: string | null
  role: 'user' | 'admin'
  /** The admin who made it; `null` for the link of the first admin, and one that was sent by e-mail. */
  created_by: string | null
  created_at: string
  expires_at: string
}

interface AuditRow {
  id: string
  at: string
  action: string
  actor: string | null
  actor_label: string | null
  subject: string | null
  ip_address: string | null
  /** JSON. */
  details: string
}

/** The tables of accounts. */
export interface AccountTables {
  users: UserRow
  sessions: SessionRow
  accounts: AccountRow
  verifications: VerificationRow
  invitations: InvitationRow
  audit_log: AuditRow
}
