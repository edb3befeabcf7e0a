import { expect, test } from 'vitest'
import { isForeign, isOurOrigin, isTrustworthy } from './origin.ts'

const local = { HOST: '127.0.0.1', ALLOWED_ORIGINS: ['https://chat.example.com'] }
const open = { HOST: '0.0.0.0', ALLOWED_ORIGINS: [] }

test('on loopback a name that was turned to this machine is refused, with an Origin or without', () => {
  const host = 'evil.example:3000'
  expect(isForeign({ host }, local)).toBe(true)
  expect(isForeign({ host, origin: 'http://evil.example:3000' }, local)).toBe(true)
  expect(isOurOrigin({ host, origin: 'http://evil.example:3000' }, local)).toBe(false)
  expect(isForeign({ host, origin: 'http://evil.example:3000', 'x-forwarded-host': host }, local)).toBe(true)
})

test.each(['localhost:3000', '127.0.0.1:3000', '[::1]:3000'])('on loopback, %s is this site', (host) => {
  expect(isForeign({ host }, local)).toBe(false)
  expect(isForeign({ host, origin: `http://${host}` }, local)).toBe(false)
})

test('a proxy on this machine that keeps the name works once its origin is allowed', () => {
  const headers = { host: 'chat.example.com', origin: 'https://chat.example.com' }
  expect(isForeign(headers, local)).toBe(false)
  expect(isForeign(headers, { ...local, ALLOWED_ORIGINS: [] })).toBe(true)
})

test('where others can connect any name may lead here, and the origin must be that name', () => {
  expect(isForeign({ host: 'chat.internal', origin: 'http://chat.internal' }, open)).toBe(false)
  expect(isForeign({ host: 'chat.internal', origin: 'http://evil.example' }, open)).toBe(true)
})

test.each([
  [{ host: 'localhost:3000' }, true],
  [{ host: '[::1]:3000' }, true],
  [{ host: '192.0.2.2:3000' }, false],
  [{ host: 'some-host:3000' }, false],
  [{ host: 'chat.example.com', 'x-forwarded-proto': 'https' }, true],
  [{ host: 'chat.example.com', 'x-forwarded-proto': 'http' }, false],
  [{}, false],
])('browsers trust the origin of %j: %s', (headers, trusted) => {
  expect(isTrustworthy(headers)).toBe(trusted)
})
