import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { answerIn, lastAnswer, say } from './stack/browser.ts'
import { PASSWORD, type Person, secretOn, signIn, somebody, Team } from './stack/people.ts'
import type { Stack } from './stack/stack.ts'

// Several people with passwords: how they come in, what they may do, and how they are sent away.

let team: Team
let stack: Stack
let url: string
let admin: Person

beforeAll(async () => {
  team = await Team.start({ simulator: { SIM_TTFT: '50ms', SIM_ITL: '10ms' } })
  ;({ stack, url, admin } = team)
})

afterAll(() => team[Symbol.asyncDispose]())

afterEach(() => {
  expect(team.problems.splice(0)).toEqual([])
})

async function confirm(page: Page, label: string): Promise<void> {
  await page.getByRole('button', { name: `${label} …` }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: label }).click()
}

const atSignIn = (page: Page): Promise<void> => page.waitForURL(/\/sign-in/, { timeout: 10_000 })

test('who is not signed in gets the sign-in page, comes back where it was, and is told what was wrong', async () => {
  await using person = await team.invite()
  const { page } = person
  await say(page, 'Hello [[tokens=5]]')
  await answerIn(page, 'finished')
  const conversation = page.url()
  await page.getByTestId('sign-out').click()
  await atSignIn(page)

  await page.goto(conversation)
  await atSignIn(page)
  expect(await page.getByTestId('conversation').count()).toBe(0)
  await signIn(person, 'not the password')
  await page.getByText('E-mail or password is wrong.').waitFor()
  await signIn({ ...person, email: 'nobody@example.com' })
  await page.getByText('E-mail or password is wrong.').waitFor()
  await signIn(person)
  await page.waitForURL(conversation)
  await answerIn(page, 'finished')

  // A used link is not valid any more, and neither is one that never was.
  await using other = await somebody(team.browser, 'other@example.com', team.problems)
  await other.page.goto(`${url}/invitation#${'x'.repeat(32)}`)
  await other.page.getByRole('heading', { name: 'This link does not work' }).waitFor()
  // The token has left the address, and so the history.
  await expect.poll(() => other.page.url()).toBe(`${url}/invitation`)
})

test('a foreign page can do nothing with the session of this browser, and learns nothing', async () => {
  await using person = await team.invite()
  const foreign = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<title>foreign</title>')
  })
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void foreign.close())
  const { port } = foreign.address() as AddressInfo
  // Another port of the same host is the same site to a browser: it sends cookies with everything.
  for (const host of ['127.0.0.1', 'localhost']) {
    const tab = await person.context.newPage()
    await tab.goto(`http://${host}:${port}/`)
    const outcome = await tab.evaluate(async (at) => {
      const post = (path: string, body: string) =>
        fetch(`${at}${path}`, { method: 'POST', mode: 'no-cors', credentials: 'include', body }).catch(
          () => {},
        )
      await post('/trpc/account.rename', '{"name":"Mallory"}')
      await post('/api/auth/sign-out', '{}')
      const me = fetch(`${at}/trpc/account.me`, { credentials: 'include' })
      const socket = new WebSocket(`${at.replace('http', 'ws')}/trpc`)
      const opened = new Promise<boolean>((resolve) => {
        socket.onopen = () => resolve(true)
        socket.onerror = () => resolve(false)
      })
      return [await me.then(() => 'read').catch(() => 'unreadable'), await opened]
    }, url)
    expect(outcome, host).toEqual(['unreadable', false])
    await tab.setContent(`<form method="post" action="${url}/trpc/account.rename"><input name="name"></form>`)
    const answer = tab.waitForResponse(`${url}/trpc/account.rename`)
    await tab.evaluate(() => document.forms[0]?.submit())
    expect((await answer).status(), host).toBe(403)
    await tab.close()
  }
  await person.page.goto(`${url}/profile`)
  await expect.poll(() => person.page.getByLabel('Name').inputValue()).toBe(person.email.split('@')[0])
})

test('a person sees nothing of administration, and nothing of others', async () => {
  await using person = await team.invite()
  const { page } = person
  expect(await page.getByTestId('admin-link').count()).toBe(0)
  await page.goto(`${url}/admin`)
  await page.getByText('Only admins can see this').waitFor()
  await admin.page.goto(url)
  await say(admin.page, 'A secret of the admin [[tokens=3]]')
  await answerIn(admin.page, 'finished')
  await page.goto(admin.page.url())
  await page.getByText('This conversation does not exist').waitFor()
  expect(await page.getByTestId('conversation').count()).toBe(0)
})

test('a stolen cookie is worth nothing after its owner has signed out', async () => {
  await using person = await team.invite()
  const stolen = await person.context.cookies()
  const names = stolen.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))
  expect(names).toContainEqual({
    name: 'slicechat.session_token',
    httpOnly: true,
    sameSite: 'Lax',
  })
  await using thief = await team.browser.newContext()
  await thief.addCookies(stolen)
  const page = await thief.newPage()
  await page.goto(url)
  await page.getByTestId('profile-link').waitFor()
  await person.page.getByTestId('sign-out').click()
  await atSignIn(person.page)
  await page.goto(`${url}/profile`)
  await atSignIn(page)
  const cookie = stolen.map(({ name, value }) => `${name}=${value}`).join('; ')
  const response = await fetch(`${url}/trpc/conversations.list`, { headers: { cookie, origin: url } })
  expect(response.status).toBe(401)
})

test('of two tabs one signs out, and the other shows nothing more within a second', async () => {
  await using person = await team.invite()
  const { page } = person
  await say(page, 'A long answer for two tabs [[tokens=3000]]')
  await answerIn(page, 'running')
  const second = await person.context.newPage()
  await second.goto(page.url())
  await answerIn(second, 'running')
  await second.getByTestId('composer').fill('half a thought')
  await page.getByTestId('sign-out').click()
  await Promise.all([atSignIn(page), second.waitForURL(/\/sign-in/, { timeout: 2_000 })])
  expect(await second.locator('body').innerText()).not.toContain('A long answer')
  // The next one at this browser does not find what was being written.
  const kept = await second.evaluate(() => Object.keys(localStorage))
  expect(kept.filter((key) => key.startsWith('slicechat:draft'))).toEqual([])
  await expect.poll(() => stack.count('chat_stream_subscribers')).toBe(0)
})

test('a session that ends while somebody writes keeps the text, and the answer goes on', async () => {
  await using person = await team.invite()
  const { page } = person
  await say(page, 'Something that takes a while [[tokens=600]]')
  await answerIn(page, 'running')
  await page.waitForURL(/\/c\//)
  const conversation = page.url()
  const panel = await team.manage(person)
  await confirm(panel, 'End sessions')
  await page.getByTestId('signed-out').waitFor()
  expect(await page.locator('body').innerText()).not.toContain('needs a key')
  await page.getByTestId('composer').fill('What I was about to say [[tokens=3]]')
  // The page tells the person and does not send it away: it stays as it is.
  expect(page.url()).toBe(conversation)
  await page.getByTestId('signed-out').getByRole('link').click()
  await atSignIn(page)
  await page.getByText('You were signed out.').waitFor()
  await signIn(person)
  await page.waitForURL(conversation)
  await answerIn(page, 'finished', 30_000)
  expect(await lastAnswer(page).getAttribute('data-reason')).toMatch(/stop|length/)
  expect(await page.getByTestId('composer').inputValue()).toBe('What I was about to say [[tokens=3]]')

  await confirm(await team.manage(person), 'End sessions')
  await page.getByTestId('send').click()
  await page.getByTestId('signed-out').waitFor()
  await expect
    .poll(() => page.getByTestId('composer').inputValue())
    .toBe('What I was about to say [[tokens=3]]')
})

test('somebody who is disabled is told so, and comes back with a new password when enabled again', async () => {
  await using person = await team.invite()
  const { page } = person
  let panel = await team.manage(person)
  await confirm(panel, 'Disable')
  await panel.getByTestId('person').filter({ hasText: person.email }).getByText('disabled').waitFor()
  await page.goto(url)
  await atSignIn(page)
  await signIn(person)
  await page.getByText('This account is disabled. Ask an admin.').waitFor()

  panel = await team.manage(person)
  await panel.getByRole('button', { name: 'Enable' }).click()
  await panel.getByRole('button', { name: 'Reset link' }).click()
  await panel.getByTestId('secret').waitFor()
  await page.goto(await secretOn(panel))
  await page.getByLabel('New password').fill('another horse, another battery')
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByText('The password is set').waitFor()
  await page.getByRole('link', { name: 'Sign in' }).click()
  await signIn(person, PASSWORD)
  await page.getByText('E-mail or password is wrong.').waitFor()
  await signIn(person, 'another horse, another battery')
  await page.getByTestId('profile-link').waitFor()
})

test('a person takes everything along, and removes the account', async () => {
  await using person = await team.invite()
  const { page } = person
  await say(page, 'To be exported [[tokens=4]]')
  await answerIn(page, 'finished')
  await page.getByTestId('profile-link').click()
  const saved = page.waitForEvent('download')
  await page.getByTestId('export').click()
  const stream = await (await saved).createReadStream()
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string })
  expect(lines.map(({ type }) => type)).toEqual(['account', 'conversation'])
  expect(text).toContain('To be exported')

  await page.getByRole('button', { name: 'Delete account …' }).click()
  const form = page.getByTestId('your-data')
  await form.getByLabel('Current password').fill('not it at all')
  await form.getByRole('button', { name: 'Delete everything' }).click()
  await form.getByText('is not your password').waitFor()
  await form.getByLabel('Current password').fill(PASSWORD)
  await form.getByRole('button', { name: 'Delete everything' }).click()
  await atSignIn(page)
  await signIn(person)
  await page.getByText('E-mail or password is wrong.').waitFor()
  await admin.page.goto(`${url}/admin?view=audit`)
  await admin.page.getByTestId('audit-entry').filter({ hasText: 'account-removed' }).first().waitFor()
})
