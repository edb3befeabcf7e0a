import { expect, test } from 'vitest'
import { OriginPolicy } from './origin-policy.ts'

const allowed = ['http://localhost:3000', 'https://chat.example.com']

test.each([
  [{ host: 'localhost:4000' }, true],
  [{ host: '127.0.0.1:4000' }, true],
  [{ host: '[::1]:4000' }, true],
  [{ host: 'LOCALHOST:4000' }, true],
  [{}, true],
  [{ host: 'chat.example.com', origin: 'https://chat.example.com' }, true],
  [{ host: 'localhost:4000', origin: 'http://localhost:3000' }, true],
  [{ host: 'localhost:4000', origin: 'http://evil.example' }, false],
  [{ host: 'evil.example:4000' }, false],
  [{ host: 'evil.example:4000', origin: 'http://localhost:3000' }, false],
  [{ host: 'localhost.evil.example:4000' }, false],
  [{ host: 'not a host' }, false],
  [{ host: 'localhost:4000', origin: 'null' }, false],
])('on loopback, %j: %s', (headers, admitted) => {
  expect(new OriginPolicy(allowed, '127.0.0.1').admit(headers)).toBe(admitted)
})

test('where others can connect, any name may lead here, and only the origin counts', () => {
  const originPolicy = new OriginPolicy(allowed, '0.0.0.0')
  expect(originPolicy.admit({ host: 'api.internal:4000' })).toBe(true)
  expect(originPolicy.admit({ host: 'api.internal:4000', origin: 'http://evil.example' })).toBe(false)
})
