import { expect } from 'vitest'
import { startAccountsStack } from './accounts-stack.ts'
import { type IdentityProvider, type ProviderPerson, startIdentityProvider } from './identity-provider.ts'
import { PageVisitor } from './page-visitor.ts'

/** The page's address. */
export const PAGE = 'http://localhost:3000'
/** A key of the environment for the owner `local`. */
export const LOCAL_KEY = 'local-0123456789abcdef'

/** A provider, and an API that lets its people in. */
export async function startOidcStack(people: readonly ProviderPerson[], env: Record<string, string> = {}) {
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
export async function begin(visitor: PageVisitor): Promise<URL> {
  const body = { provider: 'oidc', callbackURL: '/c', errorCallbackURL: '/sign-in' }
  const response = await visitor.fetch('/api/auth/sign-in/social', body)
  expect(response.status, await response.clone().text()).toBe(200)
  return new URL(((await response.json()) as { url: string }).url)
}

/** Signs in on the provider's own pages. @returns the address that it sends the browser back to */
export async function atProvider(provider: IdentityProvider, from: URL, id: string): Promise<URL> {
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
export async function comeBack(visitor: PageVisitor, back: URL): Promise<string> {
  const response = await visitor.fetch(back.pathname + back.search)
  expect(response.status).toBe(302)
  return response.headers.get('location') ?? ''
}

/** Signs somebody in. @returns its browser, and where the API sends that */
export async function signInByProvider(
  { provider, accounts }: Awaited<ReturnType<typeof startOidcStack>>,
  id: string,
) {
  const visitor = accounts.visitor()
  const location = await comeBack(visitor, await atProvider(provider, await begin(visitor), id))
  return { visitor, location }
}
