import { expect, test } from 'vitest'
import { readRedirect } from './redirect.ts'

const base = 'http://host:8000/v1/models'

test.each([
  // Followed: within the host.
  [base, 'POST', 308, '/v2/models', 'http://host:8000/v2/models', true],
  [base, 'POST', 301, 'models/', 'http://host:8000/v1/models/', true],
  [base, 'POST', 302, 'https://host/v1/models', 'https://host/v1/models', true],
  [base, 'GET', 303, '/list', 'http://host:8000/list', true],
  ['https://host/v1', 'POST', 307, 'https://HOST:443/x', 'https://host/x', true],
  // Not: another host, port, a step down, or a page in place of the answer.
  [base, 'POST', 303, '/list', 'http://host:8000/list', false],
  [base, 'POST', 308, 'http://host:9000/v1', 'http://host:9000/v1', false],
  [base, 'POST', 308, 'http://other:8000/v1', 'http://other:8000/v1', false],
  [base, 'POST', 308, '//other/v1', 'http://other/v1', false],
  ['https://host/v1', 'POST', 308, 'http://host/v1', 'http://host/v1', false],
  [base, 'POST', 308, 'http://user:word@other/v1?key=word#word', 'http://other/v1', false],
])('%s, %s: %i to %s', (from, method, status, location, shownUrl, isSameHost) => {
  const redirect = readRedirect(new URL(from), method, status, location)
  expect(redirect).toMatchObject({ shownUrl, isSameHost })
  expect(redirect?.to.username).toBe('')
})

test.each([
  [200, '/x'],
  [304, '/x'],
  [308, null],
  [308, undefined],
  [302, ''],
  [308, 'http://['],
  [308, 'javascript:alert(1)'],
])('%i to %s is none', (status, location) => {
  expect(readRedirect(new URL(base), 'GET', status, location)).toBeNull()
})
