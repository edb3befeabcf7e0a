import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type * as Checks from '../apps/web/src/lib/markdown/testing/browser-checks.ts'
import { CORPUS } from '../apps/web/src/lib/markdown/testing/corpus.ts'
import { launchBrowser } from './stack/browser.ts'
import { ModuleServer } from './stack/module-server.ts'

// The page's Markdown modules in a browser, without the rest of the page.

let server: ModuleServer
let browser: Browser
let page: Page

beforeAll(async () => {
  server = await ModuleServer.start(new URL('../apps/web/src/lib/', import.meta.url))
  browser = await launchBrowser()
  page = await browser.newPage()
  await page.goto(`${server.url}/`)
  await page.addStyleTag({ url: '/markdown/markdown.css' })
  const script = "globalThis.checks = await import('/markdown/testing/browser-checks.ts')"
  await page.addScriptTag({ type: 'module', content: script })
  await page.waitForFunction('globalThis.checks')
})

afterAll(async () => {
  await browser.close()
  await server[Symbol.asyncDispose]()
})

const check = (name: keyof typeof Checks, ...args: unknown[]): Promise<unknown> =>
  page.evaluate(`checks.${name}(...${JSON.stringify(args)})`)

test.each(CORPUS)('every prefix of %j looks as it does by itself', async (text) => {
  for (const step of [1, 3, 7]) expect(await check('firstDifference', text, step)).toBeUndefined()
})

test.each([
  ['list', '- an item of the list\n'],
  ['table', '| a | b |\n|---|---|\n', '| one | two |\n'],
  ['quote', '> a quoted paragraph\n>\n'],
  ['nested list', '- an item\n  - one in it\n    1. and in that\n'],
  ['paragraph', 'Some **bold** words and `code`, and so on. '],
  ['code', '```\n', 'some code\n'],
])('of a %s that grows, what is settled keeps its elements', async (_, head, part = head) => {
  // The growing element is created again at each step, every other element once.
  expect(await check('elementsMade', head + part.repeat(200), 5)).toBeLessThan(12)
})

test('what a browser makes of attacks holds nothing that the page did not write', async () => {
  expect(await check('strangersAfterAttacks')).toEqual([])
})

test('lists, quotes and tables that begin with Hebrew or Arabic are laid out from the right, code from the left', async () => {
  const text = '- שלום עולם\n- hello\n\n> مرحبا\n\n| اسم | 2 |\n|---|---|\n| a | b |\n\n```\ncode\n```'
  const layout = (await check('layoutOf', text)) as Record<string, string>
  expect(layout).toEqual({
    items: 'rtl ltr',
    paragraphs: 'right left',
    quote: 'rtl',
    columns: 'right to left',
    code: 'ltr',
  })
})
