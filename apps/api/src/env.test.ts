import { expect, test } from 'vitest'
import { ZodError } from 'zod'
import { type Config, readConfig } from './env.ts'

function problems(environment: Record<string, string>): Record<string, string> {
  try {
    readConfig(environment)
  } catch (error) {
    if (!(error instanceof ZodError)) throw error
    return Object.fromEntries(error.issues.map(({ path, message }) => [path.join('.'), message]))
  }
  return {}
}

test('nothing set is a good configuration, for this machine only', () => {
  expect(readConfig({})).toMatchObject({
    HOST: '127.0.0.1',
    PORT: 4000,
    METRICS_PORT: 9100,
    API_KEYS: [],
  } satisfies Partial<Config>)
  expect(readConfig({ PORT: '', HOST: '', API_KEYS: '' })).toEqual(readConfig({}))
})

test('every problem is told at once, the bind rule included', () => {
  const found = problems({
    HOST: '0.0.0.0',
    PORT: '70000',
    METRICS_PORT: 'x',
    LOG_LEVEL: 'loud',
    VLLM_URL: 'ftp://x',
    MAX_QUEUED: '-1',
    QUEUE_TIMEOUT_S: '0',
    ALLOWED_ORIGINS: 'http://ok.example,http://a.example/path',
  })
  expect(Object.keys(found).sort()).toEqual(
    [
      'ALLOWED_ORIGINS.1',
      'HOST',
      'LOG_LEVEL',
      'MAX_QUEUED',
      'METRICS_PORT',
      'PORT',
      'QUEUE_TIMEOUT_S',
      'VLLM_URL',
    ].sort(),
  )
})

test.each(['0.0.0.0', '::', '192.168.1.2', '127.example.com'])('%s needs keys or ALLOW_ANONYMOUS', (HOST) => {
  expect(problems({ HOST })).toHaveProperty('HOST')
  expect(problems({ HOST, ALLOW_ANONYMOUS: 'true' })).toEqual({})
  expect(problems({ HOST, API_KEYS: 'ci:0123456789abcdef' })).toEqual({})
})

test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('%s is for this machine', (HOST) => {
  expect(problems({ HOST })).toEqual({})
})

test('keys have names; a key alone gets one from its fingerprint', () => {
  const { API_KEYS } = readConfig({ API_KEYS: 'ci:0123456789abcdef, fedcba9876543210' })
  expect(API_KEYS).toEqual([
    { owner: 'ci', key: '0123456789abcdef' },
    { owner: expect.stringMatching(/^key-[0-9a-f]{8}$/) as string, key: 'fedcba9876543210' },
  ])
})

test('a secret that is wrong is never repeated', () => {
  const secrets = ['short', 'tab\tinside-a-long-key', 'user:secretpassword@host']
  const found = problems({
    API_KEYS: secrets.slice(0, 2).join(','),
    VLLM_URL: `http://${secrets[2] ?? ''}/v1`,
  })
  expect(Object.keys(found)).toEqual(['VLLM_URL', 'API_KEYS.0', 'API_KEYS.1'])
  for (const secret of secrets) expect(JSON.stringify(found)).not.toContain(secret)
})

test('two names for one key would leave it to chance who is calling', () => {
  expect(problems({ API_KEYS: 'a:0123456789abcdef,b:0123456789abcdef' })).toHaveProperty('API_KEYS')
})

test('one port cannot serve both', () => {
  expect(problems({ PORT: '5000', METRICS_PORT: '5000' })).toHaveProperty('METRICS_PORT')
  expect(problems({ PORT: '0', METRICS_PORT: '0' })).toEqual({})
})

test('settings of accounts that contradict each other are told, with the field', () => {
  const password = { AUTH: 'password', PUBLIC_URL: 'https://chat.example' }
  const oidc = {
    ...password,
    AUTH: 'oidc',
    OIDC_ISSUER: 'https://id.example',
    OIDC_CLIENT_ID: 'x',
    OIDC_CLIENT_SECRET: 'y',
    OIDC_ADMIN_VALUES: 'admins',
  }
  expect(problems(password)).toEqual({})
  expect(problems(oidc)).toEqual({})
  // People sign in, so an address that others can reach needs nothing more.
  expect(problems({ ...password, HOST: '0.0.0.0' })).toEqual({})
  const bad: [string, Record<string, string>][] = [
    ['PUBLIC_URL', { AUTH: 'password' }],
    ['PUBLIC_URL', { ...password, PUBLIC_URL: 'https://user:secret@chat.example' }],
    ['AUTH', { ...password, AUTH: 'ldap' }],
    ['AUTH_SECRET', { ...password, AUTH_SECRET: 'too short' }],
    ['AUTH_SECRET', { ...password, DATABASE_URL: 'postgres://db.example/chat' }],
    ['ALLOW_ANONYMOUS', { ...password, ALLOW_ANONYMOUS: 'true' }],
    ['OIDC_CLIENT_SECRET', { ...oidc, OIDC_CLIENT_SECRET: '' }],
    ['OIDC_ADMIN_VALUES', { ...oidc, OIDC_ADMIN_VALUES: '' }],
    ['OIDC_ISSUER', { ...password, OIDC_ISSUER: 'https://id.example' }],
    ['SMTP_URL', { ...oidc, SMTP_URL: 'smtp://mail.example', MAIL_FROM: 'chat@example.com' }],
    ['MAIL_FROM', { ...password, SMTP_URL: 'smtp://mail.example' }],
    ['TRUSTED_PROXIES.0', { ...password, TRUSTED_PROXIES: '10.0.0.0/33' }],
  ]
  for (const [field, environment] of bad) expect(Object.keys(problems(environment)), field).toContain(field)
})
