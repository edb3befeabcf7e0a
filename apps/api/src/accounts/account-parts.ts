import type { AuthMode, RunningAnswer } from '@slicechat/contract'
import type { Attempts } from '../access/attempts.ts'
import type { AuditLog } from '../access/audit.ts'
import type { Connections } from '../access/connections.ts'
import type { LastSeen } from '../access/last-seen.ts'
import type { Logger } from '../logger.ts'
import type { Budgets } from '../access/budgets/budgets.ts'
import type { InvitationStore } from '../store/invitations.ts'
import type { SessionStore } from '../store/sessions.ts'
import type { PersonalKeyStore } from '../store/personal-keys.ts'
import type { UsageStore } from '../store/usage.ts'
import type { UserStore } from '../store/users.ts'
import type { Links } from './links.ts'
import type { Mailer } from './mailer.ts'
import type { Passwords } from './passwords.ts'

/** One way by which answers are asked for, as far as admins can see and end them. */
export interface Door {
  /** The answers that run or wait, without any of their text. */
  running: () => Omit<RunningAnswer, 'label'>[]
  /** @returns whether this call ended it. @throws {CodedError} NOT_FOUND */
  stop: (owner: string, id: string) => Promise<boolean>
  /** Stops the answers of an owner, and waits until what they used is stored. */
  stopAll: (owner: string) => Promise<void>
}

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
  /** When people and keys called last. What it has not written yet is written before that is shown. */
  lastSeen: LastSeen
  keysUsed: LastSeen
  attempts: Attempts
  audit: AuditLog
  connections: Connections
  /** `undefined` without a mail server. */
  mailer: Mailer | undefined
  /** All ways by which answers are asked for. */
  doors: readonly Door[]
  log: Logger
}
