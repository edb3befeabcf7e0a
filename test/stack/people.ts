import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchBrowser } from './browser.ts'
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
function firstAdminLink({ api }: Stack): string {
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
  context.on('console', (message) => {
    if (message.text().includes('sveltekit')) problems.push(message.text())
  })
  const page = await context.newPage()
  return { context, page, email, [Symbol.asyncDispose]: () => context.close() }
}

/** Accepts an invitation on its page. */
async function accept({ page, email }: Person, link: string): Promise<void> {
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

/** A stack with accounts, and its first admin at a browser. */
export class Team implements AsyncDisposable {
  readonly url: string
  readonly stack: Stack
  readonly browser: Browser
  readonly admin: Person
  /** The errors of all pages. */
  readonly problems: string[]
  #people = 0

  private constructor(url: string, stack: Stack, browser: Browser, admin: Person, problems: string[]) {
    this.url = url
    this.stack = stack
    this.browser = browser
    this.admin = admin
    this.problems = problems
  }

  static async start(options?: StackOptions): Promise<Team> {
    const url = await freeUrl()
    const problems: string[] = []
    const stack = await startWithAccounts(url, options)
    const browser = await launchBrowser()
    const admin = await somebody(browser, 'ada@example.com', problems)
    await accept(admin, firstAdminLink(stack))
    return new Team(url, stack, browser, admin, problems)
  }

  /** Invites somebody on the admin's page; the invited person comes in by the link. */
  async invite(): Promise<Person> {
    const email = `person${++this.#people}-${Date.now()}@example.com`
    const person = await somebody(this.browser, email, this.problems)
    const { page } = this.admin
    await page.goto(`${this.url}/admin`)
    await page.getByLabel('E-mail (optional)').fill(email)
    await page.getByRole('button', { name: 'Make invitation' }).click()
    await page.getByTestId('secret').waitFor()
    await accept(person, await secretOn(page))
    return person
  }

  /** Opens what an admin can do with a person. */
  async manage({ email }: Person): Promise<Page> {
    const { page } = this.admin
    await page.goto(`${this.url}/admin`)
    await page.getByRole('button', { name: `Manage ${email}` }).click()
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close()
    await this.stack[Symbol.asyncDispose]()
  }
}
