import { expect, test } from 'vitest'
import { ClientAddresses } from './client-address.ts'

const of = (proxies: string[], remoteAddress: string, forwarded?: string): string =>
  new ClientAddresses(proxies).of({
    socket: { remoteAddress } as never,
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  })

test.each([
  ['no proxy is trusted', [], '192.0.2.1', '203.0.113.9', '192.0.2.1'],
  ['one that is says who called', ['127.0.0.1'], '::ffff:127.0.0.1', '203.0.113.9', '203.0.113.9'],
  [
    'what a caller forged stands further left',
    ['127.0.0.1'],
    '127.0.0.1',
    '1.2.3.4, 203.0.113.9',
    '203.0.113.9',
  ],
  [
    'a chain of trusted ones',
    ['127.0.0.1', '10.0.0.0/8'],
    '127.0.0.1',
    '203.0.113.9, 10.1.2.3',
    '203.0.113.9',
  ],
  ['nonsense is where it ends', ['127.0.0.1'], '127.0.0.1', '<script>', '127.0.0.1'],
  ['IPv6', ['::1', 'fd00::/8'], '::1', '2001:db8::7, fd00::1', '2001:db8::7'],
])('the address of a caller: %s', (_name, proxies, remote, forwarded, expected) => {
  expect(of(proxies, remote, forwarded)).toBe(expected)
})
