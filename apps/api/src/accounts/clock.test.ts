import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PASSWORD, startAccountsStack, tokenOf } from '../testing/accounts-stack.ts'
import { signInByProvider, startOidcStack } from '../testing/oidc-stack.ts'
import type { PageVisitor } from '../testing/page-visitor.ts'

// What has an end, on a machine whose clock is set to another time. Only the wall clock is moved: timers go on.

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const START = Date.parse('2026-11-27T12:00:00Z')

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
})
afterEach(() => {
  vi.useRealTimers()
})

const isSignedIn = (visitor: PageVisitor): Promise<boolean> =>
  visitor.query('account.me').then(
    () => true,
    () => false,
  )

test('a session that is used goes on, one that is not ends; a clock set right brings it back', async () => {
  await using accounts = await startAccountsStack()
  const used = await accounts.firstAdmin()
  const unused = accounts.visitor()
  await unused.signIn('admin@example.com', PASSWORD)
  vi.setSystemTime(START + 2 * DAY_MS)
  const before = used.cookie
  const response = await used.fetch('/api/auth/get-session')
  expect(response.headers.getSetCookie().join()).toMatch(/max-age=1209600\b/i)
  // It is the same session, with a later end.
  expect(used.cookie).toBe(before)
  vi.setSystemTime(START + 15 * DAY_MS)
  expect(await Promise.all([used, unused].map(isSignedIn))).toEqual([true, false])
  vi.setSystemTime(START + 17 * DAY_MS)
  expect(await Promise.all([used, unused].map(isSignedIn))).toEqual([false, false])
  vi.setSystemTime(START)
  expect(await Promise.all([used, unused].map(isSignedIn))).toEqual([true, true])
  // A clock that went back does not keep a session that was ended.
  vi.setSystemTime(0)
  expect(await isSignedIn(unused)).toBe(true)
  await unused.signOut()
  expect(await isSignedIn(unused)).toBe(false)
})

test('keys and links count until their end by the clock of the machine', async () => {
  await using accounts = await startAccountsStack()
  const admin = await accounts.firstAdmin()
  const expiresAt = new Date(START + HOUR_MS).toISOString()
  const made = { name: 'k', scopes: ['read'], expiresAt }
  const { key } = await admin.mutate<{ key: string }>('account.keys.create', made)
  const status = async (): Promise<number> => {
    const headers = { authorization: `Bearer ${key}` }
    return (await fetch(`${accounts.stack.api.url}/trpc/system.status`, { headers })).status
  }
  const invite = await admin.mutate<{ url: string }>('admin.users.invite', {})
  const isOpen = (): Promise<boolean> =>
    accounts
      .visitor()
      .mutate('access.invitation', { token: tokenOf(invite.url) })
      .then(
        () => true,
        () => false,
      )
  const at = async (time: number) => {
    vi.setSystemTime(time)
    return [await status(), await isOpen()]
  }
  expect(await at(START + HOUR_MS - 1_000)).toEqual([200, true])
  expect(await at(START + HOUR_MS + 1_000)).toEqual([401, true])
  expect(await at(START + 8 * DAY_MS)).toEqual([401, false])
  expect(await at(START)).toEqual([200, true])
  expect(await at(0)).toEqual([200, true])
})

test('a provider whose clock is off by minutes lets people in; an ID token that has expired does not', async () => {
  const ada = { id: 'ada', email: 'ada@example.com', name: 'Ada', groups: [] }
  await using stack = await startOidcStack([ada])
  let offMs = 0
  // The provider writes the ID token by its own clock.
  stack.provider.onRequest = ({ url }, response) => {
    if (url?.startsWith('/token') !== true) return
    vi.setSystemTime(START + offMs)
    response.once('finish', () => vi.setSystemTime(START))
  }
  const isIn = async (off: number): Promise<boolean> => {
    offMs = off
    const { visitor, location } = await signInByProvider(stack, 'ada')
    expect(location).toMatch(off === -2 * HOUR_MS ? /error=/ : /^\/c$/)
    return isSignedIn(visitor)
  }
  expect(await isIn(0)).toBe(true)
  expect(await isIn(45_000)).toBe(true)
  expect(await isIn(-5 * 60_000)).toBe(true)
  // Its tokens live for an hour.
  expect(await isIn(-2 * HOUR_MS)).toBe(false)
})
