import { expect, test } from 'vitest'
import { startAccountsStack } from '../testing/accounts-stack.ts'
import {
  type IdentityProvider,
  type ProviderPerson,
  startIdentityProvider,
} from '../testing/identity-provider.ts'
import { PageVisitor } from '../testing/page-visitor.ts'

const PAGE = 'http://localhost:3000'
const LOCAL_KEY = 'local-0123456789abcdef'
const ada: ProviderPerson = { id: 'ada', email: 'ada@example.com', name: 'Ada', groups: ['admins', 'staff'] }
const bob: ProviderPerson = { id: 'bob', email: 'bob@example.com', name: 'Bob', groups: ['staff'] }

async function start(people: readonly ProviderPerson[] = [ada, bob], env: Record<string, string> = {}) {
  const provider = await startIdentityProvider(() => PAGE, people)
  const accounts = await startAccountsStack({
    env: { ...provider.env(PAGE), API_KEYS: `local:${LOCAL_KEY}`, ...env },
  })
  return {
    provider,
    accounts,
    async [Symbol.asyncDispose]() {
      await accounts[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
    },
  }
}

/** Begins to sign in. @returns where the page sends the browser */
async function begin(visitor: PageVisitor): Promise<URL> {
  const body = { provider: 'oidc', callbackURL: '/c', errorCallbackURL: '/sign-in' }
  const response = await visitor.fetch('/api/auth/sign-in/social', body)
  expect(response.status, await response.clone().text()).toBe(200)
  return new URL(((await response.json()) as { url: string }).url)
}

/** Signs in on the provider's own pages. @returns the address that it sends the browser back to */
async function atProvider(provider: IdentityProvider, from: URL, id: string): Promise<URL> {
  const cookies = new PageVisitor(provider.issuer, provider.issuer)
  let next = from
  let form: Record<string, string> | undefined
  for (let step = 0; step < 15; step++) {
    const response = await fetch(next, {
      redirect: 'manual',
      headers: { cookie: cookies.cookie },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    cookies.keep(response)
    form = undefined
    const location = response.headers.get('location')
    if (location !== null) {
      next = new URL(location, next)
      if (next.origin !== provider.issuer) return next
      continue
    }
    const page = await response.text()
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1]
    const action = /action="([^"]+)"/.exec(page)?.[1]
    if (prompt === undefined || action === undefined) throw new Error(`${response.status} ${page}`)
    form = prompt === 'login' ? { prompt, login: id, password: 'any' } : { prompt }
    next = new URL(action, next)
  }
  throw new Error('the provider sent the browser round in circles')
}

/** Comes back from the provider. @returns where the API sends the browser then */
async function comeBack(visitor: PageVisitor, back: URL): Promise<string> {
  const response = await visitor.fetch(back.pathname + back.search)
  expect(response.status).toBe(302)
  return response.headers.get('location') ?? ''
}

async function signIn({ provider, accounts }: Awaited<ReturnType<typeof start>>, id: string) {
  const visitor = accounts.visitor()
  const location = await comeBack(visitor, await atProvider(provider, await begin(visitor), id))
  return { visitor, location }
}

test('a person signs in at the provider with PKCE, state and nonce, with the role of a claim, and out again', async () => {
  await using stack = await start()
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

  const { visitor: person } = await signIn(stack, 'bob')
  expect(await person.query('account.me')).toMatchObject({ user: { role: 'user' } })
  // The role is the claim's at each sign-in.
  stack.provider.people.set('bob', { ...bob, groups: ['admins'] })
  expect(await (await signIn(stack, 'bob')).visitor.query('account.me')).toMatchObject({
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
  await using stack = await start([guest, other], {
    OIDC_USER_VALUES: 'staff',
    OIDC_EMAIL_DOMAINS: 'example.com',
  })
  for (const { id } of [guest, other]) {
    const { visitor, location } = await signIn(stack, id)
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
  await using stack = await start()
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
