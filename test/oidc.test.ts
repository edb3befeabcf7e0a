import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type IdentityProvider, startIdentityProvider } from '../apps/api/src/testing/identity-provider.ts'
import { answerIn, launchBrowser, say } from './stack/browser.ts'
import { freeUrl, startWithAccounts } from './stack/people.ts'
import type { Stack } from './stack/stack.ts'

// People of a real OpenID Connect provider, with the page under a path of its host.

let stack: Stack
let url: string
let browser: Browser
let provider: IdentityProvider
const problems: string[] = []

beforeAll(async () => {
  url = await freeUrl('/chat')
  provider = await startIdentityProvider(
    () => url,
    [
      { id: 'ada', email: 'ada@example.com', name: 'Ada Lovelace', groups: ['admins'] },
      { id: 'bob', email: 'bob@example.com', name: 'Bob', groups: [] },
      { id: 'eve', email: 'eve@elsewhere.example', name: 'Eve', groups: [] },
    ],
  )
  const api = { ...provider.env(url), OIDC_NAME: 'Example Corp', OIDC_EMAIL_DOMAINS: 'example.com' }
  stack = await startWithAccounts(url, { api })
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser.close()
  await stack[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})

afterEach(() => {
  expect(problems.splice(0)).toEqual([])
})

async function visitor(path = '/'): Promise<{ page: Page } & AsyncDisposable> {
  const context = await browser.newContext()
  context.on('weberror', (error) => problems.push(error.error().message))
  const page = await context.newPage()
  await page.goto(`${url}${path}`)
  return { page, [Symbol.asyncDispose]: () => context.close() }
}

/** Goes through the provider's own pages. */
async function throughProvider(page: Page, id: string): Promise<void> {
  await page.getByTestId('provider').click()
  await page.waitForURL((to) => to.href.startsWith(provider.issuer))
  await page.locator('input[name=login]').fill(id)
  await page.locator('input[name=password]').fill('any')
  await page.locator('button[type=submit]').click()
  await page.getByRole('button', { name: 'Continue' }).click()
}

test('from sign-in to sign-out: back where one was, with name and role of the provider', async () => {
  await using one = await visitor('/runs')
  const { page } = one
  await page.getByRole('button', { name: 'Sign in with Example Corp' }).waitFor()
  await throughProvider(page, 'ada')
  await page.waitForURL(`${url}/runs`)
  expect(await page.getByTestId('profile-link').innerText()).toContain('Ada Lovelace')
  await page.getByTestId('admin-link').waitFor()
  const cookies = await page.context().cookies(url)
  expect(cookies.find(({ name }) => name === 'slicechat.session_token')).toMatchObject({
    httpOnly: true,
    sameSite: 'Lax',
  })

  await page.getByTestId('new-chat').click()
  await say(page, 'Hello [[tokens=5]]')
  await answerIn(page, 'finished')
  expect(await page.locator('body').getAttribute('data-transport')).toBe('websocket')
  await page.getByTestId('profile-link').click()
  await page.getByText('Name, address and role come from where you sign in.').waitFor()
  expect(await page.getByLabel('New password').count()).toBe(0)

  await page.getByTestId('sign-out').click()
  // The provider asks whether to sign out there, too.
  await page.waitForURL((to) => to.href.startsWith(provider.issuer) || to.pathname === '/chat/sign-in')
  if (page.url().startsWith(provider.issuer)) await page.getByRole('button', { name: /yes/i }).click()
  await page.waitForURL(`${url}/sign-in`)
  await page.goto(`${url}/profile`)
  await page.getByTestId('provider').waitFor()
})

test('somebody else of the provider is a user; who does not belong is told so', async () => {
  await using one = await visitor()
  await throughProvider(one.page, 'bob')
  await one.page.waitForURL(`${url}/`)
  await one.page.getByTestId('profile-link').waitFor()
  expect(await one.page.getByTestId('admin-link').count()).toBe(0)

  // Programs find OpenAI's protocol under the page's path too; a session is no key there.
  const cookie = (await one.page.context().cookies(url))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
  const refused = await fetch(`${url}/v1/models`, { headers: { cookie, origin: new URL(url).origin } })
  expect([refused.status, await refused.json()]).toMatchObject([401, { error: { code: 'UNAUTHENTICATED' } }])

  await using other = await visitor()
  await throughProvider(other.page, 'eve')
  await other.page.getByText('you do not belong to those who may use this Slicechat').waitFor()
  expect(await other.page.context().cookies(url)).not.toContainEqual(
    expect.objectContaining({ name: 'slicechat.session_token' }),
  )
})

test('a link cannot send people from the sign-in page to another site', async () => {
  await using one = await visitor(`/sign-in?to=${encodeURIComponent('//evil.example/')}`)
  await throughProvider(one.page, 'bob')
  await one.page.waitForURL(`${url}/`)
})
