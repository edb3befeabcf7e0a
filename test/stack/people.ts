import type { Browser, BrowserContext, Page } from 'playwright-core'
import { freePorts } from './free-ports.ts'
import { Stack, type StackOptions } from './stack.ts'

export const PASSWORD = 'correct horse battery'

/** An address for a page that has not been started yet. */
export async function freeUrl(basePath = ''): Promise<string> {
  const [port = 0] = await freePorts(1)
  return `http://127.0.0.1:${port}${basePath}`
}

/** A stack with accounts, at this address. */
export async function startWithAccounts(url: string, options: StackOptions = {}): Promise<Stack> {
  const { port, pathname } = new URL(url)
  return Stack.start({
    ...options,
    api: { AUTH: 'password', PUBLIC_URL: url, ...options.api },
    web: { PORT: port, ...(pathname === '/' ? {} : { BASE_PATH: pathname }), ...options.web },
  })
}

/** The link that an API without admins prints at its start. */
export function firstAdminLink({ api }: Stack): string {
  for (const line of api.lines) {
    const link = /https?:\/\/[^\s"]+\/invitation#[\w-]+/.exec(line)?.[0]
    if (link !== undefined) return link
  }
  throw new Error('the API has printed no link')
}

/** Somebody at a browser of their own. */
export interface Person extends AsyncDisposable {
  context: BrowserContext
  page: Page
  email: string
}

/** Opens a browser for somebody. `problems` collects the errors of its pages. */
export async function somebody(browser: Browser, email: string, problems: string[]): Promise<Person> {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  context.on('weberror', (error) => problems.push(error.error().message))
  const page = await context.newPage()
  return { context, page, email, [Symbol.asyncDispose]: () => context.close() }
}

/** Accepts an invitation on its page. */
export async function accept({ page, email }: Person, link: string): Promise<void> {
  await page.goto(link)
  await page.getByLabel('Name').fill(email.split('@')[0] ?? '')
  const address = page.getByLabel('E-mail')
  if (await address.isEditable()) await address.fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByTestId('profile-link').waitFor()
}

/** Signs in on the page that asks for it. */
export async function signIn({ page, email }: Person, password = PASSWORD): Promise<void> {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** The text that the page shows this once: a link or a key. */
export async function secretOn(page: Page): Promise<string> {
  return page.getByTestId('secret').inputValue()
}
