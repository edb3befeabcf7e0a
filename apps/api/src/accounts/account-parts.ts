import type { AuthMode } from '@slicechat/contract'
import type { Attempts } from '../access/attempts.ts'
import type { AuditLog } from '../access/audit.ts'
import type { Connections } from '../access/connections.ts'
import type { Logger } from '../logger.ts'
import type { Generations } from '../generations/generations.ts'
import type { Budgets } from '../access/budgets/budgets.ts'
import type { InvitationStore } from '../store/invitations.ts'
import type { SessionStore } from '../store/sessions.ts'
import type { PersonalKeyStore } from '../store/personal-keys.ts'
import type { UsageStore } from '../store/usage.ts'
import type { UserStore } from '../store/users.ts'
import type { Links } from './links.ts'
import type { Mailer } from './mailer.ts'
import type { Passwords } from './passwords.ts'

/** What the services of accounts are made of. */
export interface AccountParts {
  auth: AuthMode
  /** Name of the provider, for the button that signs in. */
  providerName: string
  users: UserStore
  sessions: SessionStore
  keys: PersonalKeyStore
  budgets: Budgets
  usage: UsageStore
  invitations: InvitationStore
  links: Links
  passwords: Passwords
  attempts: Attempts
  audit: AuditLog
  connections: Connections
  /** `undefined` without a mail server. */
  mailer: Mailer | undefined
  generations: Generations
  log: Logger
}
