import { randomUUID } from 'node:crypto'
import type { BetterAuthOptions } from 'better-auth'
import type { Logger } from '../logger.ts'
import { kindOf } from '../store/database-kind.ts'
import type { Database } from '../store/tables.ts'
import type { Passwords } from './passwords.ts'
import { isUnverified, roleOf, type RoleRules } from './roles.ts'

/** Id of the provider in `/api/auth/callback/oidc`, which has to be registered with it. */
export const PROVIDER_ID = 'oidc'
/** The header in which the API itself tells better-auth the caller's address. One that a caller sends is dropped. */
export const ADDRESS_HEADER = 'x-slicechat-client-address'
/** The first part of all cookies' names. */
const COOKIE_PREFIX = 'slicechat'
/** A session that is used is prolonged at most this often. */
const PROLONG_EVERY_S = 24 * 60 * 60

/** The provider that lets people in. */
export interface Provider {
  issuer: string
  clientId: string
  clientSecret: string
  scopes: readonly string[]
  roles: RoleRules
}

/** What better-auth is set up with. */
export interface AuthenticationOptions {
  /** The page's address, without a slash at its end. */
  publicUrl: string
  secret: string
  sessionDays: number
  /** Origins that may call beside the page's own. */
  allowedOrigins: readonly string[]
  /** The provider; without one, people have passwords. */
  provider: Provider | undefined
  passwords: Passwords
  /** Whether somebody else than this person has an address. */
  isTaken: (email: string, userId: string) => Promise<boolean>
  /** Is called after a person came in by the provider for the first time. */
  onSignedUp: (userId: string) => Promise<void>
  /** Is called before a session is made. @throws for a person who may not sign in */
  onSignIn: (userId: string) => Promise<void>
  /** Is called after a session was made. */
  onSignedIn: (session: { userId: string; ipAddress: string | null }) => Promise<void>
}

/** better-auth, as far as it is used. */
export interface Authentication {
  handler: (request: Request) => Promise<Response>
}

/** Name of the cookie that has the session. `__Secure-` lets browsers refuse it without TLS. */
export const sessionCookieName = (publicUrl: string): string =>
  `${publicUrl.startsWith('https:') ? '__Secure-' : ''}${COOKIE_PREFIX}.session_token`

/** The fields of better-auth's tables, in our columns. */
const TABLES = {
  user: {
    modelName: 'users',
    fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    additionalFields: {
      role: { type: 'string', required: true, defaultValue: 'user' },
      disabledAt: { type: 'string', required: false, input: false, fieldName: 'disabled_at' },
      lastSeenAt: { type: 'string', required: false, input: false, fieldName: 'last_seen_at' },
    },
  },
  session: {
    modelName: 'sessions',
    fields: {
      userId: 'user_id',
      expiresAt: 'expires_at',
      ipAddress: 'ip_address',
      userAgent: 'user_agent',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
    },
  },
  account: {
    modelName: 'accounts',
    fields: {
      userId: 'user_id',
      accountId: 'account_id',
      providerId: 'provider_id',
      accessToken: 'access_token',
      refreshToken: 'refresh_token',
      idToken: 'id_token',
      accessTokenExpiresAt: 'access_token_expires_at',
      refreshTokenExpiresAt: 'refresh_token_expires_at',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
    },
  },
  verification: {
    modelName: 'verifications',
    fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
  },
} as const

/** The options of better-auth. A test compares its idea of the tables with our migration. */
export async function authOptions(
  options: AuthenticationOptions,
  database: Database,
  log: Logger,
): Promise<BetterAuthOptions> {
  const { provider, passwords } = options
  const { genericOAuth } = await import('better-auth/plugins/generic-oauth')
  const plugins = provider === undefined ? [] : [genericOAuth({ config: [toConfig(provider)] })]
  return {
    appName: 'Slicechat',
    baseURL: `${options.publicUrl}/api/auth`,
    secret: options.secret,
    trustedOrigins: [...options.allowedOrigins],
    database: { db: database, type: kindOf(database), transaction: true },
    telemetry: { enabled: false },
    logger: {
      level: 'warn',
      // Its further arguments can contain what a caller sent.
      log: (level, message) =>
        log[level === 'error' ? 'warn' : 'debug']({ level }, `better-auth: ${message}`),
    },
    // Ours count in every mode, and for every way in: see `Attempts`.
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: provider === undefined,
      disableSignUp: true,
      password: {
        hash: (password) => passwords.hash(password),
        verify: (hashed) => passwords.verify(hashed),
      },
    },
    user: {
      ...TABLES.user,
      validateUserInfo: async ({ user, source }) => {
        const claims = source.oauth?.profile
        if (provider === undefined || claims === undefined) return
        if (roleOf(claims, provider.roles) === undefined) return { error: 'not_admitted' }
        if (isUnverified(claims)) return { error: 'email_not_verified' }
        // Somebody who is known by the provider's id has a new address there.
        const isTaken =
          source.action === 'sign-in' && (await options.isTaken(String(user.email), String(user.id)))
        return isTaken ? { error: 'account_not_linked' } : undefined
      },
    },
    session: {
      ...TABLES.session,
      expiresIn: Math.round(options.sessionDays * 86_400),
      updateAge: Math.min(PROLONG_EVERY_S, Math.round(options.sessionDays * 43_200)),
      // A cached session would go on after it was ended.
      cookieCache: { enabled: false },
    },
    account: {
      ...TABLES.account,
      encryptOAuthTokens: true,
      // An account with a password is taken for that of a provider's person only if both sides have verified the address:
      // a trusted provider would need no such word.
      accountLinking: { trustedProviders: [] },
    },
    verification: { ...TABLES.verification, storeIdentifier: 'hashed' },
    onAPIError: { errorURL: `${options.publicUrl}/sign-in` },
    advanced: {
      cookiePrefix: COOKIE_PREFIX,
      useSecureCookies: options.publicUrl.startsWith('https:'),
      database: { generateId: () => randomUUID() },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
      // Tests, which turn these off by default, check them too.
      disableOriginCheck: false,
      disableCSRFCheck: false,
    },
    databaseHooks: {
      user: { create: { after: ({ id }) => options.onSignedUp(id) } },
      session: {
        create: {
          before: ({ userId }) => options.onSignIn(userId),
          after: ({ userId, ipAddress }) => options.onSignedIn({ userId, ipAddress: ipAddress ?? null }),
        },
      },
    },
    plugins,
  }
}

function toConfig({ issuer, clientId, clientSecret, scopes, roles }: Provider) {
  return {
    providerId: PROVIDER_ID,
    discoveryUrl: `${issuer}/.well-known/openid-configuration`,
    requireIdTokenVerification: true,
    clientId,
    clientSecret,
    scopes: [...scopes],
    pkce: true,
    // Name, address and role are the provider's, at each sign-in.
    overrideUserInfo: true,
    mapProfileToUser: (claims: Record<string, unknown>) => ({
      name:
        ['name', 'preferred_username', 'email']
          .map((key) => claims[key])
          .find((name) => typeof name === 'string') ?? '',
      role: roleOf(claims, roles) ?? 'user',
    }),
  }
}

/** Loads better-auth, which an API without accounts never does, and sets it up. */
export async function createAuthentication(
  options: AuthenticationOptions,
  database: Database,
  log: Logger,
): Promise<Authentication> {
  const { betterAuth } = await import('better-auth')
  return betterAuth(await authOptions(options, database, log))
}
