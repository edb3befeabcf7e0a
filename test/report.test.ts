import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { analyse } from '@slicechat/run/analysis'
import { reportHtml } from '@slicechat/report'
import { sampleRun } from '@slicechat/run/testing'
import { launchBrowser } from './stack/browser.ts'

const SECTIONS = [
  'figures',
  'load',
  'quantiles',
  'engine',
  'distributions',
  'waterfall',
  'ledger',
  'gpu',
  'errors',
  'sampling',
  'accuracy',
  'configuration',
]

let browser: Browser
let folder: string
let one: string
let two: string

const write = async (name: string, html: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, html)
  return pathToFileURL(path).href
}

beforeAll(async () => {
  browser = await launchBrowser()
  folder = await mkdtemp(join(tmpdir(), 'slicechat-report-'))
  const runs = [sampleRun({ seconds: 90 }), sampleRun({ seconds: 60, users: 12, seed: 3 })]
  const entries = runs.map((run) => ({ run, analysis: analyse(run) }))
  one = await write('one.html', reportHtml(entries.slice(0, 1)))
  two = await write('two.html', reportHtml(entries))
})

afterAll(async () => {
  await browser.close()
  await rm(folder, { recursive: true })
})

/** Opens a page and records its requests, console messages and errors. */
async function watched(options: Parameters<Browser['newPage']>[0]): Promise<{
  page: Page
  requests: string[]
  complaints: string[]
}> {
  const page = await browser.newPage(options)
  const requests: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  return { page, requests, complaints }
}

const paper = (page: Page): Promise<string> =>
  page.evaluate(() => getComputedStyle(document.body).backgroundColor)
const fits = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)

test.each(['light', 'dark'] as const)(
  'a report opens from disk, %s, and asks for nothing else',
  async (colorScheme) => {
    const { page, requests, complaints } = await watched({
      colorScheme,
      viewport: { width: 1100, height: 900 },
    })
    await page.goto(one)
    for (const id of SECTIONS) expect(await page.locator(`#${id}`).isVisible(), id).toBe(true)
    for (const chart of await page.locator('.wide svg.chart').all()) {
      expect((await chart.boundingBox())?.width).toBeGreaterThan(800)
      expect(await chart.locator('> title').textContent()).not.toBe('')
    }
    expect(await page.getByRole('img', { name: 'Load against time' }).count()).toBe(1)
    expect(await page.getByText('Simulated', { exact: true }).isVisible()).toBe(true)
    expect(await paper(page)).toBe(colorScheme === 'light' ? 'rgb(251, 250, 248)' : 'rgb(22, 23, 26)')
    expect(await fits(page)).toBe(true)
    expect(requests).toEqual([one])
    expect(complaints).toEqual([])
    await page.close()
  },
)

test('the crosshair shows values by pointer and by keyboard', async () => {
  const { page, complaints } = await watched({ viewport: { width: 1100, height: 900 } })
  await page.goto(one)
  const chart = page.locator('#quantiles .wide svg.chart')
  await chart.scrollIntoViewIfNeeded()
  const tip = page.locator('.chart-tip')
  // A scroll removes the crosshair, and its event may come after the pointer's, so the pointer moves until one stays.
  let x = 300
  await expect
    .poll(async () => {
      await chart.hover({ position: { x: (x += 10), y: 100 } })
      return tip.count()
    })
    .toBe(1)
  expect(await tip.innerText()).toMatch(/p99\s+\d/)
  await chart.focus()
  await page.keyboard.press('Escape')
  expect(await tip.count()).toBe(0)
  await page.keyboard.press('ArrowRight')
  const first = await tip.innerText()
  await page.keyboard.press('ArrowRight')
  expect(await tip.innerText()).not.toBe(first)
  expect(complaints).toEqual([])
  await page.close()
})

test('a script that got in would not run, nor reach a network', async () => {
  let asked = 0
  const server = createServer((_, response) => {
    asked++
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { page } = await watched({})
  await page.goto(one)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const outcome = await page.evaluate(async (leak) => {
    const script = document.createElement('script')
    script.textContent = 'document.title = "ran"'
    const image = document.createElement('img')
    const failed = new Promise((resolve) => image.addEventListener('error', resolve))
    image.src = leak
    document.body.append(script, image)
    await failed
    const fetched = await fetch(leak, { mode: 'no-cors' }).then(
      () => 'sent',
      () => 'refused',
    )
    return { ran: document.title === 'ran', fetched }
  }, url)
  expect(outcome).toEqual({ ran: false, fetched: 'refused' })
  expect(asked).toBe(0)
  await page.close()
  server.close()
})

test('several runs fit side by side, a phone gets charts of its own size, and paper is white', async () => {
  const { page, requests, complaints } = await watched({
    viewport: { width: 375, height: 800 },
    colorScheme: 'dark',
  })
  await page.goto(two)
  expect(await fits(page)).toBe(true)
  expect(await page.locator('#load .narrow svg').isVisible()).toBe(true)
  expect(await page.locator('#load .wide svg').isVisible()).toBe(false)
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  expect(await paper(page)).toBe('rgb(255, 255, 255)')
  expect(await page.locator('#load .wide svg').isVisible()).toBe(true)
  const heading = page.locator('#load .wide .heading').first()
  expect(await heading.evaluate((text) => getComputedStyle(text).fill)).toBe('rgb(0, 0, 0)')
  // The space on A4 between usual margins, in CSS pixels. Paper does not scroll, so no table may be wider than its box.
  await page.setViewportSize({ width: 718, height: 1000 })
  const tables = await page
    .locator('.scroll')
    .evaluateAll((all) => all.map((one) => [one.scrollWidth, one.clientWidth]))
  for (const [content = 0, room = 0] of tables) expect(content).toBeLessThanOrEqual(room)
  expect(requests).toEqual([two])
  expect(complaints).toEqual([])
  await page.close()
})

test('without script all of it is there', async () => {
  const page = await browser.newPage({ javaScriptEnabled: false })
  await page.goto(one)
  expect(await page.locator('#ledger').innerText()).toContain('Completion tokens')
  expect(await page.locator('.wide svg.chart').count()).toBeGreaterThan(6)
  await page.close()
})
