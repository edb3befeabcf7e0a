import { expect, test } from 'vitest'
import { Access } from './access.ts'
import { ApiKeys } from './api-keys.ts'
import { OriginPolicy } from './origin-policy.ts'

const key = 'alice-0123456789abcdef'
const access = new Access(
  new ApiKeys([{ owner: 'alice', key }]),
  new OriginPolicy(['https://chat.example'], '0.0.0.0'),
)

test('a caller is known by the key in the header, or in the first message of its socket', async () => {
  const alice = { owner: 'alice', scopes: new Set(['chat', 'read', 'runs']) }
  expect(await access.authenticate({ authorization: `Bearer ${key}` })).toEqual(alice)
  expect(await access.authenticate({ origin: 'https://chat.example' }, { apiKey: key })).toEqual(alice)
  expect(await access.authenticate({ origin: 'https://chat.example' })).toBeUndefined()
  // The header counts where both are there.
  expect(await access.authenticate({ authorization: 'Bearer wrong' }, { apiKey: key })).toBeUndefined()
})

test('a page of another site is refused, whatever key it has', async () => {
  const headers = { origin: 'https://evil.example', authorization: `Bearer ${key}` }
  await expect(access.authenticate(headers)).rejects.toMatchObject({ code: 'FORBIDDEN' })
})
