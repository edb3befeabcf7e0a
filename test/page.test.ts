import type { BrowserContext, Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ScriptedUpstream } from '../apps/api/src/testing/scripted-upstream.ts'
import { answerIn, lastAnswer, launchBrowser, say } from './stack/browser.ts'
import { LISTED, STANDARD, startEcho } from './stack/echo-server.ts'
import { Stack } from './stack/stack.ts'
import { UNDRAWABLE } from './stack/undrawable.ts'

// The page with a model server that lists its models badly, answers in bursts, and fails.

let upstream: ScriptedUpstream
let stack: Stack
let browser: Browser

beforeAll(async () => {
  upstream = await startEcho()
  stack = await Stack.start({ upstream: { url: upstream.url, model: STANDARD } })
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser.close()
  await stack[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

const problems: string[] = []
async function open(context: BrowserContext, path = '/'): Promise<Page> {
  const page = await context.newPage()
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(new URL(path, stack.url).href)
  return page
}

/** Polls for up to 15 s, which suits a busy machine. */
const soon: typeof expect.poll = (look) => expect.poll(look, { timeout: 15_000 })

const model = (page: Page): Promise<string | null> => page.getByTestId('model').getAttribute('data-model')
const slowly = (words: number): string =>
  `slowly ${Array.from({ length: words }, (_, i) => `word${i}`).join(' ')}`
const texts = (page: Page, role: string): Promise<string[]> =>
  page.locator(`[data-testid=message][data-role=${role}]`).allTextContents()

test('models can be chosen where the file of their search is gone, as after an update', async () => {
  await using context = await browser.newContext()
  await context.route('**/_app/immutable/**/*.js', async (route) => {
    const response = await route.fetch()
    const isSearch = (await response.text()).includes('No model has such a name.')
    await (isSearch ? route.abort() : route.fulfill({ response }))
  })
  const page = await open(context)
  const select = page.getByRole('combobox', { name: 'Model' })
  await select.selectOption('org/model-10')
  await soon(() => model(page)).toBe('org/model-10')
})

test('MODEL is the default, many models are searched by keyboard, and a conversation keeps its own', async () => {
  await using context = await browser.newContext()
  const page = await open(context)
  await soon(() => model(page)).toBe(STANDARD)
  await page.getByTestId('model-search').focus()
  await page.keyboard.press('Enter')
  const box = page.getByRole('combobox')
  await box.waitFor()
  expect(await page.getByRole('option').count()).toBe(LISTED.length)
  expect(await page.getByRole('option', { selected: true }).innerText()).toBe(`${STANDARD} default`)
  await page.keyboard.type('ORG 1')
  await page.getByText('4 models found').waitFor()
  await page.keyboard.press('ArrowDown')
  const active = await box.getAttribute('aria-activedescendant')
  expect(await page.locator(`[id="${active ?? ''}"]`).innerText()).toBe('org/model-10')
  await page.keyboard.press('Enter')
  expect(await model(page)).toBe('org/model-10')
  expect(await box.count()).toBe(0)
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('model-search')

  await say(page, `Hello ${'there '.repeat(60)}`)
  await answerIn(page, 'finished')
  expect(upstream.requests.at(-1)?.body['model']).toBe('org/model-10')
  // All tokens came in one burst, so the page shows no pace.
  expect(await lastAnswer(page).getByTestId('statistics').innerText()).toMatch(/61 tokens$/)
  expect(await lastAnswer(page).getByTestId('statistics').innerText()).not.toContain('tokens/s')
  await page.reload()
  await soon(() => model(page)).toBe('org/model-10')
  await page.getByTestId('model-search').click()
  await page.keyboard.type('model-02')
  await page.keyboard.press('Enter')
  await page.reload()
  await soon(() => model(page)).toBe('org/model-02')
  await lastAnswer(page).getByTestId('regenerate').click()
  await soon(() => upstream.requests.at(-1)?.body['model']).toBe('org/model-02')
  await answerIn(page, 'finished')
  const second = await open(context, page.url())
  await soon(() => model(second)).toBe('org/model-02')
  await second.getByRole('button', { name: 'Earlier version' }).click()
  await soon(() => model(second)).toBe('org/model-10')
  await say(second, 'One')
  await answerIn(second, 'finished')
  expect(await lastAnswer(second).getByTestId('statistics').innerText()).toMatch(/1 token$/)
})

test('what is too long cannot be sent and says by how much; what cannot help is not offered', async () => {
  await using context = await browser.newContext({ viewport: { width: 390, height: 700 } })
  const page = await open(context)
  const composer = page.getByTestId('composer')
  await composer.fill('x'.repeat(200_001))
  await soon(() => page.getByTestId('characters-left').innerText()).toBe('1 character too many')
  expect(await page.getByTestId('send').isDisabled()).toBe(true)
  await composer.fill('too long')
  await page.getByTestId('send').click()
  await answerIn(page, 'finished')
  expect(await lastAnswer(page).getByTestId('error').getAttribute('data-code')).toBe('CONTEXT_TOO_LONG')
  expect(await lastAnswer(page).getByTestId('retry').count()).toBe(0)
  await page.getByTestId('edit').click()
  await page.getByLabel('Edit the message').last().fill('y'.repeat(200_012))
  await page.getByText('12 characters too many').waitFor()
  expect(await page.getByRole('button', { name: 'Send', exact: true }).first().isDisabled()).toBe(true)
  await page.getByRole('button', { name: 'Cancel' }).click()

  // A failed rename has no place of its own on the page, so a notice reports it. The notice covers nothing, stays
  // while the pointer is on it, and then disappears.
  await page.clock.install()
  await page.route('**/conversations.rename*', (route) => route.abort())
  await page.getByRole('button', { name: 'Show the list of conversations' }).click()
  const item = page.getByRole('listitem').filter({ hasText: 'too long' })
  await item.hover()
  await item.getByRole('button', { name: /^Rename/ }).click()
  await page.getByLabel('Title').fill('Another')
  await page.keyboard.press('Enter')
  await page.clock.runFor(3_000)
  const notice = page.getByTestId('notice')
  await notice.waitFor()
  expect(await item.innerText()).toContain('too long')
  await page.getByRole('button', { name: 'Hide the list of conversations' }).click()
  await page.clock.runFor(1_000)
  const boxOf = async (part: ReturnType<Page['locator']>) => {
    const box = await part.boundingBox()
    if (box === null) throw new Error('it is not shown')
    return { top: box.y, bottom: box.y + box.height }
  }
  const shown = await boxOf(notice)
  expect((await boxOf(page.locator('.page header'))).top).toBeGreaterThanOrEqual(shown.bottom)
  expect((await boxOf(page.locator('form'))).bottom).toBeLessThanOrEqual(700)
  await notice.hover()
  await page.clock.runFor(30_000)
  expect(await notice.count()).toBe(1)
  await composer.hover()
  await page.clock.runFor(20_000)
  await soon(() => notice.count()).toBe(0)
})

test('a block that cannot be drawn is shown as plain text, and takes nothing with it', async () => {
  await using context = await browser.newContext()
  // No input is known on which the renderer fails, so the browser is made to fail on one word.
  await context.addInitScript(UNDRAWABLE)
  const page = await open(context)
  await say(page, '**before**\n\nan *undrawable* <word>\n\n**after** slowly')
  await answerIn(page, 'finished')
  for (let load = 0; load < 2; load++) {
    expect(await lastAnswer(page).locator('strong').allInnerTexts()).toEqual(['before', 'after'])
    expect(await lastAnswer(page).getByTestId('plain-text').innerText()).toBe('an *undrawable* <word>')
    await page.reload()
    await lastAnswer(page).locator('strong').first().waitFor()
  }
  await say(page, 'And **then**?')
  await soon(() => lastAnswer(page).locator('strong').innerText()).toBe('then')
})

test('a second tab shows what the first does, and another device too; nobody loses a place', async () => {
  await using context = await browser.newContext()
  await using elsewhere = await browser.newContext()
  const first = await open(context)
  await say(first, `${'line\n\n'.repeat(60)}the first`)
  await answerIn(first, 'finished')
  const second = await open(context, first.url())
  const device = await open(elsewhere, first.url())
  for (const page of [second, device]) await answerIn(page, 'finished')
  await second.getByTestId('composer').fill('half a thought')
  const scroller = second.getByRole('log')
  await scroller.evaluate((node) => (node.scrollTop = 0))
  await second.getByTestId('jump').waitFor()

  await say(first, slowly(90))
  await answerIn(second, 'running')
  const early = (await lastAnswer(second).innerText()).length
  await soon(async () => (await lastAnswer(second).innerText()).length).toBeGreaterThan(early + 40)
  expect(await lastAnswer(first).getAttribute('data-status')).toBe('running')
  await device.evaluate(() => dispatchEvent(new Event('online')))
  await answerIn(device, 'running')
  await Promise.all([first, second, device].map((page) => answerIn(page, 'finished')))
  expect(await texts(second, 'assistant')).toEqual(await texts(first, 'assistant'))
  expect(await scroller.evaluate((node) => node.scrollTop)).toBe(0)
  expect(await second.getByTestId('composer').inputValue()).toBe('half a thought')

  // This tab keeps the branch that it shows, whatever branches the other tab adds.
  await second.getByTestId('edit').last().click()
  await second.getByLabel('Edit the message').last().fill('being rewritten')
  await lastAnswer(first).getByTestId('regenerate').click()
  await soon(() => second.getByLabel('Version 1 of 2').count()).toBe(1)
  await first.getByTestId('edit').last().click()
  await first.getByLabel('Edit the message').last().fill('in other words')
  await first.keyboard.press('Enter')
  await soon(() => texts(device, 'user').then((all) => all.length)).toBe(2)
  expect(await second.getByLabel('Edit the message').last().inputValue()).toBe('being rewritten')
  await answerIn(first, 'finished')
  await second.getByRole('button', { name: 'Cancel' }).click()

  const rename = async (page: Page, title: string): Promise<void> => {
    await page.locator('nav li').first().hover()
    await page
      .getByRole('button', { name: /^Rename/ })
      .first()
      .click()
    await page.getByLabel('Title').fill(title)
  }
  await rename(second, 'half a ti')
  await rename(first, 'Renamed')
  await first.keyboard.press('Enter')
  await soon(() => first.getByRole('heading', { level: 1 }).innerText()).toBe('Renamed')
  expect(await second.getByLabel('Title').inputValue()).toBe('half a ti')
  await second.keyboard.press('Escape')
  await soon(() => second.getByRole('heading', { level: 1 }).innerText()).toBe('Renamed')

  await first.locator('nav li').first().hover()
  await first
    .getByRole('button', { name: /^Delete/ })
    .first()
    .click()
  await first.getByRole('button', { name: 'Delete', exact: true }).click()
  await second.getByTestId('load-failure').waitFor()
  expect(await second.locator('nav li').count()).toBe(await first.locator('nav li').count())
  await second.getByRole('link', { name: 'Start a new chat' }).click()
  await soon(() => second.getByTestId('composer').inputValue()).toBe('half a thought')
  expect(problems).toEqual([])
})
