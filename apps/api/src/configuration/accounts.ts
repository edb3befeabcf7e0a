import { isIP } from 'node:net'
import { z } from 'zod'
import { list, optional } from './fields.ts'

/** Shortest secret that is accepted: 32 characters of hexadecimal are 128 bits. */
const MIN_SECRET_CHARS = 32

const text = optional(z.string().min(1).optional())

const pageUrl = z
  .url({ protocol: /^https?$/, message: 'an http(s) URL such as https://chat.example' })
  .refine((url) => !/[@?#]/.test(url), 'without user, password, query or fragment')
  .transform((url) => url.replace(/\/+$/, ''))

const network = z.string().refine(isNetwork, 'each one is an address, or a network such as 10.0.0.0/8')

function isNetwork(entry: string): boolean {
  const [address = '', bits, more] = entry.split('/')
  const version = isIP(address)
  if (version === 0 || more !== undefined) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

/** The settings of accounts. */
export const accountFields = {
  AUTH: optional(z.enum(['off', 'password', 'oidc']).default('off')),
  PUBLIC_URL: optional(pageUrl.optional()),
  AUTH_SECRET: optional(
    z.string().min(MIN_SECRET_CHARS, `at least ${MIN_SECRET_CHARS} characters, made at random`).optional(),
  ),
  SESSION_DAYS: optional(z.coerce.number().gt(0).max(400).default(14)),
  TRUSTED_PROXIES: optional(list.default(['127.0.0.1', '::1']).pipe(z.array(network))),
  OIDC_ISSUER: optional(
    z
      .url({ protocol: /^https?$/, message: 'an http(s) URL' })
      .transform((url) => url.replace(/\/+$/, ''))
      .optional(),
  ),
  OIDC_CLIENT_ID: text,
  OIDC_CLIENT_SECRET: text,
  OIDC_NAME: optional(z.string().max(60).default('your organisation')),
  OIDC_SCOPES: optional(list.default(['openid', 'profile', 'email']).pipe(z.array(z.string()))),
  OIDC_ROLE_CLAIM: optional(z.string().default('groups')),
  OIDC_ADMIN_VALUES: optional(list.pipe(z.array(z.string()))),
  OIDC_USER_VALUES: optional(list.pipe(z.array(z.string()))),
  OIDC_EMAIL_DOMAINS: optional(list.pipe(z.array(z.string().transform((domain) => domain.toLowerCase())))),
  SMTP_URL: optional(
    z
      .url({ protocol: /^smtps?$/, message: 'a URL such as smtp://user:password@mail.example:587' })
      .optional(),
  ),
  MAIL_FROM: text,
}

/** What of the whole configuration the settings of accounts depend on. */
type Settings = Partial<z.infer<z.ZodObject<typeof accountFields>>> & {
  DATABASE_URL?: string | undefined
  ALLOW_ANONYMOUS?: string | undefined
}

/** Settings that contradict each other, with the field to change. */
export function* accountConflicts(
  config: Settings,
): Generator<[keyof typeof accountFields | 'ALLOW_ANONYMOUS', string]> {
  const { AUTH } = config
  if (AUTH === undefined) return
  if (AUTH !== 'off') {
    if (config.PUBLIC_URL === undefined)
      yield ['PUBLIC_URL', 'is needed with AUTH: the address of the page, as people open it']
    if (config.ALLOW_ANONYMOUS === 'true')
      yield ['ALLOW_ANONYMOUS', `contradicts AUTH=${AUTH}: nobody is anonymous there`]
    if (config.DATABASE_URL !== undefined && config.AUTH_SECRET === undefined)
      yield ['AUTH_SECRET', 'is needed with AUTH where DATABASE_URL is set']
  }
  if (AUTH === 'oidc') {
    for (const name of ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'] as const)
      if (config[name] === undefined) yield [name, 'is needed with AUTH=oidc']
    if (config.OIDC_ADMIN_VALUES?.length === 0)
      yield ['OIDC_ADMIN_VALUES', 'is needed with AUTH=oidc: without it nobody could be an admin']
  } else {
    for (const name of ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'] as const)
      if (config[name] !== undefined) yield [name, 'needs AUTH=oidc']
  }
  if (AUTH !== 'password' && config.SMTP_URL !== undefined)
    yield ['SMTP_URL', 'needs AUTH=password: it sends links that reset a password']
  if ((config.SMTP_URL === undefined) !== (config.MAIL_FROM === undefined))
    yield [config.SMTP_URL === undefined ? 'SMTP_URL' : 'MAIL_FROM', 'SMTP_URL and MAIL_FROM need each other']
}
