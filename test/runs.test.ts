import { readFile } from 'node:fs/promises'
import { createChatClient } from '@slicechat/client'
import { sampleRun } from '@slicechat/run/testing'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from './stack/browser.ts'
import { Stack } from './stack/stack.ts'

const before = { ...sampleRun({ seconds: 60, seed: 1 }), name: 'before <img src=x onerror=alert(1)>' }
const after = {
  ...sampleRun({ seconds: 60, seed: 2, users: 20 }),
  name: 'after',
  startedAt: before.startedAt + 1e6,
}

let stack: Stack
let browser: Browser
beforeAll(async () => {
  stack = await Stack.start()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser.close()
  await stack[Symbol.asyncDispose]()
})

async function open(path: string): Promise<{ page: Page; problems: string[] }> {
  const page = await (await browser.newContext({ acceptDownloads: true })).newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  await page.goto(stack.url + path)
  return { page, problems }
}

const file = (run: unknown, name = 'run.json') => ({
  name,
  mimeType: 'application/json',
  buffer: Buffer.from(typeof run === 'string' ? run : JSON.stringify(run)),
})

/** Points at a chart until its values show. Scrolling to the chart hides them, and may go on after its promise resolves. */
async function pointAt(page: Page, chart: Locator): Promise<void> {
  let x = 300
  await expect
    .poll(
      async () => {
        await chart.hover({ position: { x: x++, y: 100 } })
        return page.locator('.chart-tip').count()
      },
      { timeout: 15_000 },
    )
    .toBe(1)
}

/** The number of pixels by which the page is wider than its window. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

test('a run is added from a file, listed, opened, downloaded, compared and deleted', async () => {
  const { page, problems } = await open('/')
  await page.getByTestId('runs-link').click()
  await page.getByText('npx pnpm loadgen run smoke --upload').waitFor()
  await page
    .getByTestId('run-file')
    .setInputFiles([file(before), file({ ...before, name: '' }, 'nameless.json'), file('{', 'half.json')])
  await page.getByText('half.json').waitFor()
  expect(await page.getByTestId('file-results').innerText()).toMatch(
    /run\.json: Added\.\s+nameless\.json: .*run\.name.*\s+half\.json: .*no JSON/,
  )
  await page.getByTestId('run').waitFor()
  // Uploads as `loadgen run --upload` does.
  const client = createChatClient({ url: stack.url })
  await client.api.runs.upload.mutate({ run: after })
  client.close()
  await page.reload()
  const rows = page.getByTestId('run')
  await rows.nth(1).waitFor()
  expect(await rows.first().innerText()).toContain('after')
  expect(await rows.first().innerText()).toContain('simulated')
  expect(await page.getByTestId('verdict').first().innerText()).not.toBe('')

  await page.getByRole('link', { name: before.name }).click()
  const report = page.getByTestId('report')
  await report.waitFor()
  expect(await report.locator('h1').innerText()).toBe(before.name)
  expect(await report.locator('img').count()).toBe(0)
  expect(await report.locator('section').count()).toBeGreaterThan(8)
  expect(await report.locator('.wide svg.chart').count()).toBeGreaterThan(4)
  const chart = report.locator('#load svg.chart').first()
  // The style was applied, although the page's policy refuses style elements.
  expect(await chart.evaluate((svg) => getComputedStyle(svg).display)).toBe('block')
  expect(await chart.getAttribute('tabindex')).toBe('0')
  await pointAt(page, chart)

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByTestId('download-report').click(),
  ])
  const html = await readFile(await download.path(), 'utf8')
  const alone = await page.context().newPage()
  alone.on('pageerror', (error) => problems.push(error.message))
  alone.on('request', (request) => problems.push(`the report asked for ${request.url()}`))
  await alone.setContent(html)
  await pointAt(alone, alone.locator('#load svg.chart').first())
  await alone.close()

  await page.getByRole('link', { name: 'All load tests' }).click()
  await page.getByLabel(`Compare ${before.name}`, { exact: false }).check()
  await page.getByLabel('Compare after', { exact: false }).check()
  await page.getByTestId('compare').click()
  await report.waitFor()
  // The earlier run comes first; both are side by side in the table and in each chart.
  expect(await report.locator('#figures table').first().locator('thead th').allInnerTexts()).toEqual([
    '',
    before.name,
    'after',
  ])
  const labels = await report
    .locator('#distributions .wide svg.chart')
    .first()
    .locator('.series')
    .evaluateAll((all) => all.map((one) => (one as SVGElement).dataset['label'] ?? ''))
  for (const { name } of [before, after])
    expect(labels.some((label) => label.startsWith(name.slice(0, 20)))).toBe(true)

  await page.getByRole('link', { name: 'All load tests' }).click()
  await page.getByRole('button', { name: 'Delete “after”', exact: false }).click()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await expect.poll(() => rows.count()).toBe(1)
  // The browser itself logs that the nameless run was refused.
  expect(problems).toEqual([expect.stringContaining('400 (Bad Request)')])
  await page.context().close()
})

test('a run that is not there says so; a server that is away can be asked again', async () => {
  const { page } = await open(`/runs/${crypto.randomUUID()}`)
  await page.getByText('does not exist any more').waitFor()
  await page.route('**/trpc/**', (route) => route.abort())
  await page.getByRole('link', { name: 'All load tests' }).first().click()
  await page.getByText('The load tests could not be loaded').waitFor()
  await page.unroute('**/trpc/**')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByTestId('run').first().waitFor()
  await page.context().close()
})

test.each([
  { width: 1280, colorScheme: 'light' as const },
  { width: 1280, colorScheme: 'dark' as const },
  { width: 390, colorScheme: 'light' as const },
])('at $width pixels, $colorScheme, nothing sticks out', async ({ width, colorScheme }) => {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } })
  const page = await context.newPage()
  await page.goto(`${stack.url}/runs`)
  await page.getByTestId('run').first().waitFor()
  expect(await overflow(page)).toBe(0)
  await page.getByRole('link', { name: before.name }).click()
  await page.getByTestId('report').waitFor()
  expect(await overflow(page)).toBe(0)
  const ground = await page
    .locator('.report .card')
    .first()
    .evaluate((card) => getComputedStyle(card).backgroundColor)
  expect(ground).toBe(colorScheme === 'dark' ? 'rgb(31, 33, 37)' : 'rgb(255, 255, 255)')
  const charts = page.locator(`.report ${width < 700 ? '.narrow' : '.wide'} svg.chart`)
  expect(await charts.first().isVisible()).toBe(true)
  await context.close()
})

test('on paper there is the whole report and nothing else, black on white in the dark too', async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 700 } })
  await context.addInitScript(() => localStorage.setItem('slicechat:theme', 'dark'))
  const page = await context.newPage()
  await page.goto(`${stack.url}/runs`)
  await page.getByRole('link', { name: before.name }).click()
  await page.getByTestId('report').waitFor()
  await page.emulateMedia({ media: 'print' })
  const looks = await page.evaluate(() => {
    const styleOf = (selector: string) => getComputedStyle(document.querySelector(selector) as Element)
    const [root, report] = [document.documentElement, document.querySelector('.report') as Element]
    return {
      paper: styleOf('body').backgroundColor,
      ink: styleOf('.report h2').color,
      line: styleOf('.report .wide .tone-0').getPropertyValue('--tone'),
      scheme: styleOf('.report').colorScheme,
      beside: report.getBoundingClientRect().left,
      // Nothing scrolls on paper: content outside the flow of the page is cut off.
      cutOff: report.scrollHeight - root.scrollHeight > 0,
    }
  })
  expect(looks).toMatchObject({
    paper: 'rgb(255, 255, 255)',
    ink: 'rgb(0, 0, 0)',
    scheme: 'light',
    beside: 0,
  })
  expect(looks.cutOff).toBe(false)
  for (const part of [page.locator('aside'), page.getByRole('link', { name: 'All load tests' })])
    expect(await part.isVisible()).toBe(false)
  await context.close()
})

test('the list takes up what was uploaded meanwhile, and is found as it was left', async () => {
  const client = createChatClient({ url: stack.url })
  const upload = (index: number) =>
    client.api.runs.upload.mutate({
      run: { ...after, id: crypto.randomUUID(), name: `many ${index}`, startedAt: after.startedAt + index },
    })
  for (let index = 0; index < 42; index++) await upload(index)
  const { page } = await open('/runs')
  const rows = page.getByTestId('run')
  await page.getByRole('button', { name: 'Show more' }).click()
  await expect.poll(() => rows.count()).toBe(43)
  await upload(99)
  await page.evaluate(() => dispatchEvent(new Event('focus')))
  await expect.poll(() => rows.first().innerText()).toContain('many 99')
  const last = rows.last()
  await last.getByRole('checkbox').check()
  await last.getByRole('link').click()
  await page.getByTestId('report').waitFor()
  await page.goBack()
  await last.waitFor()
  expect(await last.getByRole('checkbox').isChecked()).toBe(true)
  expect(await page.locator('main').evaluate((main) => main.scrollTop)).toBeGreaterThan(1000)
  // By keyboard: the focus stays after a cancelled deletion, and moves to the next run in the list after a deletion.
  const bin = rows.nth(1).getByRole('button', { name: /^Delete/ })
  await bin.press('Enter')
  await page.keyboard.press('Escape')
  await expect.poll(() => bin.evaluate((button) => button === document.activeElement)).toBe(true)
  await bin.press('Enter')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('many 40')
  client.close()
  await page.context().close()
})
