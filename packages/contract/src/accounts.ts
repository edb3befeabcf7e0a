import type { ConversationExport } from './message.ts'

/** Who may use the API: everyone who reaches it, people with a password, or people of one OpenID Connect provider. */
export type AuthMode = 'off' | 'password' | 'oidc'

export type Role = 'user' | 'admin'

/**
 * What a caller may do. `chat`: begin, stop and change; it includes `read`. `read`: list, open, export and watch. `runs`: keep
 * load test runs. `admin`: manage people, for admins only.
 */
export const SCOPES = ['chat', 'read', 'runs', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

/** What a page has to know before anybody has signed in. */
export interface AccessMode {
  auth: AuthMode
  /** Name of the provider on the button that signs in; `null` unless `auth` is `oidc`. */
  provider: string | null
  /** Whether a person can ask for a link that resets the password by e-mail. Without SMTP an admin makes the link. */
  resetByEmail: boolean
}

/** A person, as the person sees itself. All times are ISO 8601 in UTC. */
export interface Profile {
  /** `null` for callers without an account: a key of the environment, or `AUTH=off`. */
  user: { id: string; name: string; email: string; role: Role; createdAt: string } | null
  scopes: Scope[]
}

/** A session that is signed in somewhere. */
export interface SignedInSession {
  id: string
  current: boolean
  createdAt: string
  expiresAt: string
  ipAddress: string | null
  userAgent: string | null
}

/** A personal API key; the key itself is shown once, when it is made. */
export interface PersonalKey {
  id: string
  name: string
  /** The first characters of the key, to recognise it. */
  start: string
  scopes: Scope[]
  createdAt: string
  /** `null` for a key that does not expire. */
  expiresAt: string | null
  /** Written in batches: up to a minute late. `null` if never used. */
  lastUsedAt: string | null
  revokedAt: string | null
}

/** Limits of a person or a key. `null` sets none. */
export interface Budget {
  answersAtOnce: number | null
  requestsPerMinute: number | null
  /** Prompt and completion tokens of one day in UTC. */
  tokensPerDay: number | null
}

/** What is used of one limit. */
export interface BudgetState {
  limit: number
  used: number
  /** Milliseconds until something of it is free again; `null` where that depends on running answers. */
  resetMs: number | null
}

/** A caller's budgets; a member is `null` where no limit is set. */
export interface BudgetStatus {
  answersAtOnce: BudgetState | null
  requestsPerMinute: BudgetState | null
  tokensPerDay: BudgetState | null
}

/** What was used on one day (UTC, `2026-11-27`) with one model. Removing a chat does not change it. */
export interface UsageDay {
  day: string
  model: string
  answers: number
  promptTokens: number
  completionTokens: number
}

/** An invitation to sign up, as the invited person sees it. */
export interface Invitation {
  /** The only address that can use it; `null` for any. */
  email: string | null
  role: Role
  expiresAt: string
}

/** A person, as an admin sees it. */
export interface ManagedUser {
  id: string
  name: string
  email: string
  role: Role
  disabled: boolean
  createdAt: string
  lastSeenAt: string | null
  sessions: number
  keys: number
  /** The person's own budget; `null` where the default counts. */
  budget: Budget | null
  tokensToday: number
}

/** Usage of one owner on one day with one model. */
export interface ManagedUsage extends UsageDay {
  owner: string
  /** The person's e-mail address, or the name of a key of the environment. */
  label: string
}

/** A running answer, as an admin sees it; never its text. */
export interface RunningAnswer {
  id: string
  owner: string
  label: string
  model: string | null
  status: 'queued' | 'running'
  door: 'trpc' | 'openai'
  acceptedAt: string
}

/** One line of the audit log. */
export interface AuditEntry {
  id: string
  at: string
  /** What happened, such as `sign-in`, `sign-in-failed`, `user-disabled`. */
  action: string
  /** Who did it: a user's id, or `null` for somebody unknown. */
  actor: string | null
  actorLabel: string | null
  /** Whom or what it concerns. */
  subject: string | null
  ipAddress: string | null
  /** Details such as a new role; never a secret. */
  details: Record<string, string | number | boolean | null>
}

/** A link that works once. Its token is shown here only: the store has its hash. */
export interface OneTimeLink {
  url: string
  expiresAt: string
}

/** An open invitation, as admins see it. */
export interface ManagedInvitation extends Invitation {
  id: string
  createdAt: string
  /** The address of the admin who made it; `null` for the link of the first admin. */
  invitedBy: string | null
}

/** A page of everything that is kept of a person. A file of them is JSON lines: one line an item. */
export interface AccountExportPage {
  items: (
    | { type: 'account'; profile: Profile; sessions: SignedInSession[] }
    | { type: 'conversation'; conversation: ConversationExport }
    | { type: 'run'; run: unknown }
  )[]
  nextCursor: string | null
}
