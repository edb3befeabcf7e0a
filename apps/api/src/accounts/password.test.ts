import { expect, test } from 'vitest'
import { PASSWORD, startAccountsStack } from '../testing/accounts-stack.ts'

test('the first admin signs up by the link of the first start, and takes over what was there', async () => {
  await using accounts = await startAccountsStack()
  const visitor = accounts.visitor()
  expect(await visitor.query('access.mode')).toEqual({
    auth: 'password',
    provider: null,
    resetByEmail: false,
  })
  await expect(visitor.query('account.me')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  const admin = await accounts.firstAdmin()
  expect(await admin.query('account.me')).toMatchObject({
    user: { email: 'admin@example.com', role: 'admin' },
    scopes: ['chat', 'read', 'runs', 'admin'],
  })
  const session = await admin.fetch('/api/auth/get-session')
  expect(await session.json()).toMatchObject({ user: { email: 'admin@example.com' } })
  const person = await accounts.person(admin, 'bob@example.com')
  await expect(person.query('admin.users.list')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect((await person.signOut()).status).toBe(200)
  await expect(person.query('account.me')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  expect((await person.signIn('bob@example.com', 'not the password')).status).toBe(401)
  expect((await person.signIn('BOB@example.com', PASSWORD)).status).toBe(200)
})
