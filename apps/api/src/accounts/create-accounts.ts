import { Attempts } from '../access/attempts.ts'
import { AuditLog } from '../access/audit.ts'
import type { Connections } from '../access/connections.ts'
import type { Budgets } from '../access/budgets/budgets.ts'
import { LastSeen } from '../access/last-seen.ts'
import { PersonalKeys } from '../access/personal-keys.ts'
import { Sessions } from '../access/sessions.ts'
import { CodedError } from '../errors.ts'
import type { Config } from '../env.ts'
import type { Logger } from '../logger.ts'
import { AuditStore } from '../store/audit.ts'
import { InvitationStore } from '../store/invitations.ts'
import { PersonalKeyStore } from '../store/personal-keys.ts'
import { SessionStore } from '../store/sessions.ts'
import type { Database } from '../store/tables.ts'
import type { UsageStore } from '../store/usage.ts'
import { UserStore } from '../store/users.ts'
import type { AccountParts, Door } from './account-parts.ts'
import {
  type Authentication,
  createAuthentication,
  type Provider,
  sessionCookieName,
} from './authentication.ts'
import { Links } from './links.ts'
import { createMailer } from './mailer.ts'
import { Passwords } from './passwords.ts'
import { secretOf } from './secret.ts'
import { OWNER_WITHOUT_ACCOUNTS, Visitors } from './visitors.ts'

/** Interval at which what has expired is removed. */
const SWEEP_EVERY_MS = 24 * 60 * 60 * 1_000

/** Accounts, or what is there of them with `AUTH=off`. */
export interface Accounts {
  parts: AccountParts & { auditStore: AuditStore }
  visitors: Visitors
  /** `undefined` with `AUTH=off`. */
  signIn: SignIn | undefined
  close: () => Promise<void>
}

/** How people sign in and how their sessions are checked. */
export interface SignIn {
  authentication: Authentication
  sessions: Sessions
  keys: PersonalKeys
  publicUrl: string
}

/** What accounts need of the rest of the API. */
export interface AccountsNeeds {
  database: Database
  connections: Connections
  doors: readonly Door[]
  budgets: Budgets
  usage: UsageStore
  log: Logger
}

/** Sets accounts up. Nothing of better-auth is loaded with `AUTH=off`. */
export async function createAccounts(config: Config, needs: AccountsNeeds): Promise<Accounts> {
  const { database, log } = needs
  const publicUrl = config.PUBLIC_URL ?? ''
  const auditStore = new AuditStore(database)
  const invitations = new InvitationStore(database)
  const users = new UserStore(database)
  const mailer =
    config.SMTP_URL === undefined ? undefined : createMailer(config.SMTP_URL, config.MAIL_FROM ?? '')
  const keys = new PersonalKeyStore(database)
  const lastSeen = new LastSeen((times) => users.seen(times))
  const keysUsed = new LastSeen((times) => keys.used(times))
  const parts = {
    ...needs,
    auth: config.AUTH,
    providerName: config.OIDC_NAME,
    users,
    sessions: new SessionStore(database),
    keys,
    lastSeen,
    keysUsed,
    invitations,
    links: new Links(invitations, publicUrl),
    passwords: new Passwords(),
    attempts: new Attempts(),
    audit: new AuditLog(auditStore, log),
    auditStore,
    mailer,
  }
  const visitors = new Visitors(parts)
  const close = async (): Promise<void> => {
    await lastSeen.close()
    await keysUsed.close()
  }
  if (config.AUTH === 'off') return { parts, visitors, signIn: undefined, close }

  const secret = secretOf(config.AUTH_SECRET, config.DATA_DIR)
  const signIn: SignIn = {
    publicUrl,
    sessions: new Sessions({
      store: parts.sessions,
      cookieName: sessionCookieName(publicUrl),
      secret,
      onSeen: (id) => lastSeen.seen(id),
    }),
    keys: new PersonalKeys({ store: parts.keys, onUsed: (id) => keysUsed.seen(id) }),
    authentication: await createAuthentication(
      {
        publicUrl,
        secret,
        sessionDays: config.SESSION_DAYS,
        allowedOrigins: config.ALLOWED_ORIGINS,
        provider: config.AUTH === 'oidc' ? providerOf(config) : undefined,
        passwords: parts.passwords,
        isTaken: async (email, userId) => ((await users.find({ email }))?.id ?? userId) !== userId,
        onSignedUp: (userId) => afterSignUp(parts, userId),
        onSignIn: (userId) => assertEnabled(parts, userId),
        onSignedIn: (session) => afterSignIn(parts, session),
      },
      database,
      log,
    ),
  }
  const sweep = async (): Promise<void> => {
    const now = new Date()
    await parts.sessions.removeExpired(now)
    await invitations.removeExpired(now)
    await parts.audit.sweep(now)
  }
  await sweep()
  const sweeping = setInterval(
    () => void sweep().catch((error: unknown) => log.error({ err: error }, 'could not remove what expired')),
    SWEEP_EVERY_MS,
  ).unref()
  return {
    parts,
    visitors,
    signIn,
    close: async () => {
      clearInterval(sweeping)
      await close()
    },
  }
}

/** Makes the link of the first admin, as long as there is no admin. @returns `undefined` where there is one, or a provider */
export async function firstAdminLink({ parts }: Accounts): Promise<string | undefined> {
  if (parts.auth !== 'password' || (await parts.users.admins()) > 0) return undefined
  const { url, expiresAt } = await parts.links.inviteFirstAdmin()
  parts.log.warn({ url, expiresAt }, 'there is no admin yet: open this link to become the first one')
  return url
}

function providerOf(config: Config): Provider {
  return {
    issuer: config.OIDC_ISSUER ?? '',
    clientId: config.OIDC_CLIENT_ID ?? '',
    clientSecret: config.OIDC_CLIENT_SECRET ?? '',
    scopes: config.OIDC_SCOPES,
    roles: {
      claim: config.OIDC_ROLE_CLAIM,
      adminValues: config.OIDC_ADMIN_VALUES,
      userValues: config.OIDC_USER_VALUES,
      emailDomains: config.OIDC_EMAIL_DOMAINS,
    },
  }
}

async function assertEnabled({ users }: AccountParts, userId: string): Promise<void> {
  const user = await users.find({ id: userId })
  if (user !== undefined && user.disabledAt === null) return
  const { APIError } = await import('better-auth/api')
  throw new APIError('FORBIDDEN', { code: 'account_disabled', message: 'This account is disabled.' })
}

/** Writes down who came in by the provider. The first admin takes over what was made without accounts. */
async function afterSignUp({ users, audit }: AccountParts, userId: string): Promise<void> {
  const user = await users.find({ id: userId })
  const takesOver = user?.role === 'admin' && (await users.admins()) === 1
  if (takesOver)
    await users.transaction((transaction) => users.handOver(transaction, OWNER_WITHOUT_ACCOUNTS, userId))
  const details = { email: user?.email ?? null, role: user?.role ?? null, takesOver }
  await audit.write({ address: null }, { action: 'sign-up', subject: userId, details })
}

/** Writes the sign-in down. */
async function afterSignIn(
  { users, audit, auth }: AccountParts,
  { userId, ipAddress }: { userId: string; ipAddress: string | null },
): Promise<void> {
  const user = await users.find({ id: userId })
  if (user === undefined) throw new CodedError('INTERNAL', 'A session was made for nobody.')
  const { name, email, role } = user
  const principal = { owner: userId, scopes: new Set<never>(), user: { id: userId, name, email, role } }
  await audit.write(
    { principal, address: ipAddress },
    { action: 'sign-in', subject: userId, details: { auth } },
  )
}
