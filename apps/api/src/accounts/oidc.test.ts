import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startAccountsStack, tokenOf } from '../testing/accounts-stack.ts'
import type { ProviderPerson } from '../testing/identity-provider.ts'
import {
  atProvider,
  begin,
  comeBack,
  LOCAL_KEY,
  PAGE,
  signInByProvider,
  startOidcStack,
} from '../testing/oidc-stack.ts'

const ada: ProviderPerson = { id: 'ada', email: 'ada@example.com', name: 'Ada', groups: ['admins', 'staff'] }
const bob: ProviderPerson = { id: 'bob', email: 'bob@example.com', name: 'Bob', groups: ['staff'] }

test('a person signs in at the provider with PKCE, state and nonce, with the role of a claim, and out again', async () => {
  await using stack = await startOidcStack([ada, bob])
  const visitor = stack.accounts.visitor()
  const program = stack.accounts.stack.client({ apiKey: LOCAL_KEY })
  const { conversationId } = await program.send({ content: '[[tokens=2]] before accounts' }).ids
  const away = await begin(visitor)
  expect(away.origin).toBe(stack.provider.issuer)
  expect(Object.fromEntries(away.searchParams)).toMatchObject({
    code_challenge_method: 'S256',
    code_challenge: expect.any(String) as string,
    state: expect.any(String) as string,
    nonce: expect.any(String) as string,
    redirect_uri: `${PAGE}/api/auth/callback/oidc`,
  })
  const back = await atProvider(stack.provider, away, 'ada')
  expect(await comeBack(visitor, back)).toBe('/c')
  expect(await visitor.query('account.me')).toMatchObject({
    user: { email: ada.email, name: 'Ada', role: 'admin' },
  })
  // The first admin takes over what was made without accounts.
  expect(await visitor.query('conversations.list')).toMatchObject({ items: [{ id: conversationId }] })

  // The same answer of the provider cannot be used twice, nor in another browser.
  expect(await comeBack(visitor, back)).toMatch(/error=/)
  const other = stack.accounts.visitor()
  const stolen = await atProvider(stack.provider, await begin(stack.accounts.visitor()), 'bob')
  expect(await comeBack(other, stolen)).toMatch(/error=/)
  await expect(other.query('account.me')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })

  const { visitor: person } = await signInByProvider(stack, 'bob')
  expect(await person.query('account.me')).toMatchObject({ user: { role: 'user' } })
  // Whoever signs in anew has a session of its own: the one before, whoever gave it to the browser, has ended.
  const earlier = stack.accounts.visitor()
  for (const [name, value] of person.cookies) earlier.cookies.set(name, value)
  await comeBack(person, await atProvider(stack.provider, await begin(person), 'bob'))
  expect(person.cookie).not.toBe(earlier.cookie)
  expect(await person.query('account.me')).toMatchObject({ user: { email: bob.email } })
  await expect(earlier.query('account.me')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  // The role is the claim's at each sign-in.
  stack.provider.people.set('bob', { ...bob, groups: ['admins'] })
  expect(await (await signInByProvider(stack, 'bob')).visitor.query('account.me')).toMatchObject({
    user: { role: 'admin' },
  })
  const { id } = (await person.query<{ user: { id: string } }>('account.me')).user
  await expect(visitor.mutate('admin.users.setRole', { id, role: 'user' })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })

  const out = await visitor.fetch('/api/auth/sign-out', { callbackURL: `${PAGE}/sign-in` })
  const { url } = (await out.json()) as { url: string }
  expect(url).toContain(`${stack.provider.issuer}/session/end`)
  await expect(visitor.query('account.me')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
}, 60_000)

test('who lacks the group, the domain or a way back of ours does not get in', async () => {
  const guest = { id: 'eve', email: 'eve@elsewhere.example', name: 'Eve', groups: ['admins'] }
  const other = { id: 'tom', email: 'tom@example.com', name: 'Tom', groups: ['guests'] }
  await using stack = await startOidcStack([guest, other], {
    OIDC_USER_VALUES: 'staff',
    OIDC_EMAIL_DOMAINS: 'example.com',
  })
  for (const { id } of [guest, other]) {
    const { visitor, location } = await signInByProvider(stack, id)
    expect(location).toMatch(/^\/sign-in\?error=not_admitted/)
    await expect(visitor.query('account.me')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  }
  for (const url of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    `${PAGE}.evil.example/`,
    `${PAGE}@evil.example/`,
    '/ok\\..//evil.example',
  ])
    for (const field of ['callbackURL', 'errorCallbackURL']) {
      const response = await stack.accounts
        .visitor()
        .fetch('/api/auth/sign-in/social', { provider: 'oidc', [field]: url })
      expect(response.status, url).toBe(400)
    }
}, 60_000)

test('the password way is closed, and a token of the provider alone signs nobody in', async () => {
  await using stack = await startOidcStack([ada, bob])
  const visitor = stack.accounts.visitor()
  expect((await visitor.signIn('ada@example.com', 'whatever it is')).ok).toBe(false)
  const response = await visitor.fetch('/api/auth/sign-in/social', {
    provider: 'oidc',
    idToken: { token: 'a.b.c' },
  })
  // The field does not pass: the browser is sent to the provider.
  expect(await response.json()).toMatchObject({
    url: expect.stringContaining(stack.provider.issuer) as string,
  })
  expect(await visitor.query('access.mode')).toMatchObject({ auth: 'oidc', provider: 'your organisation' })
})

test('an address alone takes over no account: both sides must have seen that it is the person’s', async () => {
  const DATA_DIR = await mkdtemp(join(tmpdir(), 'slicechat-oidc-'))
  onTestFinished(() => rm(DATA_DIR, { recursive: true }))
  const ids: Record<string, string> = {}
  {
    await using accounts = await startAccountsStack({ env: { DATA_DIR, PUBLIC_URL: PAGE } })
    const admin = await accounts.firstAdmin('root@example.com')
    // Bob's address is written into his invitation; Carol typed hers herself.
    for (const [name, email] of [
      ['bob', 'bob@example.com'],
      ['carol', null],
    ] as const) {
      const { url } = await admin.mutate<{ url: string }>('admin.users.invite', { email, role: 'user' })
      const person = await accounts.accept(tokenOf(url), `${name}@example.com`)
      ids[name] = (await person.query<{ user: { id: string } }>('account.me')).user.id
    }
  }
  const person = (id: string, email: string, emailVerified: boolean | undefined): ProviderPerson => ({
    ...{ id, email, name: id, groups: [] },
    emailVerified,
  })
  await using stack = await startOidcStack(
    [
      person('mallory', 'BOB@example.com', false),
      person('silent', 'bob@example.com', undefined),
      person('bob', 'Bob@example.com', true),
      person('carol', 'carol@example.com', true),
      person('dave', 'dave@example.com', true),
      person('squatter', 'erin@example.com', false),
    ],
    { DATA_DIR },
  )
  const outcome = async (id: string) => {
    const { visitor, location } = await signInByProvider(stack, id)
    const error = /[?&]error=(\w+)/.exec(location)?.[1]
    if (error !== undefined) {
      await expect(visitor.query('account.me')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      return error
    }
    return (await visitor.query<{ user: { id: string } }>('account.me')).user.id
  }
  expect(await outcome('mallory')).toBe('account_not_linked')
  expect(await outcome('silent')).toBe('account_not_linked')
  expect(await outcome('carol')).toBe('account_not_linked')
  expect(await outcome('squatter')).toBe('email_not_verified')
  expect(await outcome('bob')).toBe(ids['bob'])
  const dave = await outcome('dave')
  expect(Object.values(ids)).not.toContain(dave)
  // Nor does who has an account already get another one's address by changing its own at the provider.
  for (const [verified, error] of [
    [false, 'email_not_verified'],
    [undefined, 'account_not_linked'],
    [true, 'account_not_linked'],
  ] as const) {
    stack.provider.people.set('dave', person('dave', 'bob@example.com', verified))
    expect(await outcome('dave')).toBe(error)
    expect(await outcome('bob')).toBe(ids['bob'])
  }
}, 60_000)
