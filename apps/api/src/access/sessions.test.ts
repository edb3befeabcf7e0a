import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { Attempts } from './attempts.ts'
import { Connections } from './connections.ts'
import { Sessions } from './sessions.ts'
import { sessionTokenOf } from './session-cookie.ts'

const NAME = 'slicechat.session_token'
const SECRET = 's'.repeat(32)
const sign = (token: string, secret = SECRET): string =>
  `${NAME}=${encodeURIComponent(`${token}.${createHmac('sha256', secret).update(token).digest('base64')}`)}`

test('a cookie counts if its signature is ours', () => {
  expect(sessionTokenOf(`a=b; ${sign('token')}; c=d`, NAME, SECRET)).toBe('token')
  for (const forged of [
    undefined,
    '',
    `${NAME}=`,
    `${NAME}=token`,
    `${NAME}=token.`,
    `${NAME}=.abc`,
    `${NAME}=%`,
    sign('token', 'x'.repeat(32)),
    sign('token').replace('token.', 'other.'),
    `x${sign('token')}`,
  ])
    expect(sessionTokenOf(forged, NAME, SECRET), forged).toBeUndefined()
})

test('a session counts until it expires, however the clock jumps', async () => {
  let now = Date.parse('2026-11-27T12:00:00Z')
  const row = {
    id: 's',
    userId: 'u',
    name: 'N',
    email: 'n@example.com',
    role: 'user' as const,
    disabledAt: null,
  }
  const sessions = new Sessions({
    store: { find: () => Promise.resolve({ ...row, expiresAt: '2026-12-01T12:00:00.000Z' }) },
    cookieName: NAME,
    secret: SECRET,
    onSeen: () => undefined,
    now: () => now,
  })
  const counts = async (): Promise<boolean> => (await sessions.principal({ cookie: sign('t') })) !== undefined
  expect(await counts()).toBe(true)
  // Forward beyond the end: refused; set right again, the session is what it was. Back: no longer than its row says.
  now = Date.parse('2027-06-01T00:00:00Z')
  expect(await counts()).toBe(false)
  now = Date.parse('2026-11-27T12:00:01Z')
  expect(await counts()).toBe(true)
  now = Date.parse('1970-01-01T00:00:00Z')
  expect(await counts()).toBe(true)
})

test('tries come back with a clock that never goes back, by account and by address', () => {
  let now = 0
  const attempts = new Attempts(() => now)
  const refused = (address: string, account: string): boolean => {
    try {
      attempts.take(address, account)
      return false
    } catch {
      return true
    }
  }
  const tries = Array.from({ length: 100 }, (_, i) => refused(`192.0.2.${i % 20}`, 'a@example.com'))
  expect(tries.filter((no) => !no)).toHaveLength(10)
  now = 60_000
  expect(
    Array.from({ length: 100 }, () => refused('198.51.100.1', 'a@example.com')).filter((no) => !no),
  ).toHaveLength(10)
  // A try that succeeded costs nothing.
  for (let i = 0; i < 100; i++) attempts.take('203.0.113.1', 'b@example.com')()
  // The addresses of one network of IPv6 are one caller.
  const six = Array.from({ length: 60 }, (_, i) => refused(`2001:db8:1:2::${i}`, `x${i}@example.com`))
  expect(six.filter((no) => !no)).toHaveLength(30)
})

test('a connection ends at the next check once its session is gone, and stays while the store is away', async () => {
  const connections = new Connections(10)
  let known: 'there' | 'gone' | 'away' = 'away'
  let checks = 0
  const ended: string[] = []
  const open = (sessionId: string, name: string): (() => void) => {
    const principal = { owner: 'u', scopes: new Set<never>(), sessionId }
    return connections.open({
      principal,
      recheck: () => {
        checks++
        return known === 'away'
          ? Promise.reject(new Error('away'))
          : Promise.resolve(known === 'gone' ? undefined : principal)
      },
      end: () => void ended.push(name),
    })
  }
  open('s', 'first')
  open('s', 'second')
  const close = open('other', 'third')
  await connections.recheck()
  known = 'there'
  await connections.recheck()
  expect([ended, checks]).toEqual([[], 4])
  close()
  known = 'gone'
  await connections.recheck()
  expect(ended).toEqual(['first', 'second'])
  expect(connections.count('u')).toBe(2)
  connections.close()
})
