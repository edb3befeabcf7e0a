import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerIn, lastAnswer, launchBrowser, say } from './stack/browser.ts'
import { type Part, startPart } from './stack/part.ts'
import { Stack } from './stack/stack.ts'

// The page as colleagues have it: under a host name without TLS, and behind a proxy under a path.

let stack: Stack
let web: Part
let browser: Browser
const port = (): string => web.ready[1] ?? ''

beforeAll(async () => {
  stack = await Stack.start({ simulator: { SIM_TTFT: '50ms', SIM_ITL: '10ms' } })
  web = await startPart(
    'apps/web/server/main.ts',
    { PORT: '0', HOST: '0.0.0.0', API_URL: stack.apiUrl },
    /"port":(\d+).*"listening"/,
  )
  browser = await launchBrowser(['--host-resolver-rules=MAP slicechat.test 127.0.0.1'])
})

afterAll(async () => {
  await browser.close()
  await web[Symbol.asyncDispose]()
  await stack[Symbol.asyncDispose]()
})

/** Opens a page in a browser of its own; `problems` gets each error that the page or its console has. */
async function open(url: string): Promise<{ page: Page; problems: string[] } & AsyncDisposable> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  await page.goto(url)
  return { page, problems, [Symbol.asyncDispose]: () => context.close() }
}

/** What is on the clipboard, as somebody sees it who pastes it into the composer. */
async function pasted(page: Page): Promise<string> {
  const composer = page.getByTestId('composer')
  await composer.fill('')
  await composer.focus()
  await page.keyboard.press('Control+V')
  const text = await composer.inputValue()
  await composer.fill('')
  return text
}

const CODE = 'let a = 1\n\tif (a < 2) b()'
const ANSWER = `Here, with a *star* and “quotes”:\n\n\`\`\`js\n${CODE}\n\`\`\`\n\nThat is all.`

test('a page that is no secure context sends, stops and copies', async () => {
  await using opened = await open(`http://slicechat.test:${port()}`)
  const { page, problems } = opened
  expect(await page.evaluate(() => isSecureContext)).toBe(false)

  await say(page, `[[echo]]${ANSWER}`)
  await answerIn(page, 'finished')
  await lastAnswer(page).getByRole('button', { name: 'Copy', exact: true }).last().click()
  expect(await pasted(page)).toBe(ANSWER)
  await lastAnswer(page).locator('[data-copy]').click()
  expect(await pasted(page)).toBe(CODE)
  await page.locator('[data-role=user]').getByRole('button', { name: 'Copy' }).click()
  expect(await pasted(page)).toBe(`[[echo]]${ANSWER}`)

  await say(page, 'A very long story. [[tokens=3000]]')
  await answerIn(page, 'running')
  await page.getByTestId('stop').click()
  await answerIn(page, 'finished')
  expect(await lastAnswer(page).getAttribute('data-reason')).toBe('stopped')
  expect(await page.locator('[data-transport]').first().getAttribute('data-transport')).toBe('websocket')
  expect(problems).toEqual([])
})

test('a Clipboard API that refuses is gone round', async () => {
  await using opened = await open(stack.url)
  const { page, problems } = opened
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'))
  })
  await say(page, `[[echo]]${ANSWER}`)
  await answerIn(page, 'finished')
  await lastAnswer(page).locator('[data-copy]').click()
  expect(await pasted(page)).toBe(CODE)
  expect(problems).toEqual([])
})
