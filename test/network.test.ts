import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerIn, lastAnswer, launchBrowser, say } from './stack/browser.ts'
import { freePorts } from './stack/free-ports.ts'
import { loadgen } from './stack/loadgen.ts'
import { hasNginx, startNginx } from './stack/nginx.ts'
import { type StackProcess, startStackProcess } from './stack/stack-process.ts'
import { Stack } from './stack/stack.ts'

// The page as colleagues use it: under a host name without TLS, and behind a proxy under a path.

let stack: Stack
let web: StackProcess
let browser: Browser
const port = (): string => web.ready[1] ?? ''

beforeAll(async () => {
  stack = await Stack.start({ simulator: { SIM_TTFT: '50ms', SIM_ITL: '10ms' } })
  web = await startStackProcess(
    'apps/web/server/main.ts',
    { PORT: '0', HOST: '0.0.0.0', API_URL: stack.apiUrl, BASE_PATH: '/chat' },
    /"port":(\d+).*"listening"/,
  )
  browser = await launchBrowser(['--host-resolver-rules=MAP slicechat.test 127.0.0.1'])
})

afterAll(async () => {
  await browser.close()
  await web[Symbol.asyncDispose]()
  await stack[Symbol.asyncDispose]()
})

/** Opens a page in a browser context of its own; `problems` collects the errors of the page and its console. */
async function open(url: string): Promise<{ page: Page; problems: string[] } & AsyncDisposable> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  await page.goto(url)
  return { page, problems, [Symbol.asyncDispose]: () => context.close() }
}

/** The text on the clipboard, found by pasting it into the composer. */
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

test('what breaks while a message is sent is seen and can be tried again, and so is what nobody caught', async () => {
  await using opened = await open(stack.url)
  const { page } = opened
  await page.evaluate(() => {
    const getRandomValues = crypto.getRandomValues.bind(crypto)
    crypto.getRandomValues = () => {
      crypto.getRandomValues = getRandomValues
      throw new Error('withheld by a test')
    }
  })
  await say(page, 'Hello [[tokens=10]]')
  await answerIn(page, 'finished')
  const error = lastAnswer(page).getByTestId('error')
  expect(await error.getAttribute('data-code')).toBe('CLIENT_FAILED')
  expect(await error.innerText()).toContain('withheld by a test')
  await page.getByTestId('retry').click()
  await lastAnswer(page).getByTestId('statistics').waitFor()
  expect(await page.locator('[data-role=user]').allInnerTexts()).toHaveLength(1)

  await page.evaluate(() => void Promise.reject(new Error('caught by nobody')))
  const notice = page.getByTestId('notice').filter({ hasText: 'caught by nobody' })
  await notice.waitFor()
  expect(await notice.getAttribute('data-code')).toBe('CLIENT_FAILED')
})

// Printed beside the skipped tests, since a test runner need not say why it skipped.
if (!hasNginx)
  console.warn("nginx was not found: install Debian's package nginx-light to check docs/proxy.md.")

const PEM = join(import.meta.dirname, '../apps/loadgen/src/testing/localhost.pem')

/** The example of docs/proxy.md, with the port, certificate and web server of this test. */
function example(listen: number): string {
  const page = readFileSync(new URL('../docs/proxy.md', import.meta.url), 'utf8')
  let text = /```nginx\n([^]+?)```/.exec(page)?.[1] ?? ''
  for (const [from, to] of [
    ['listen 443 ssl;', `listen 127.0.0.1:${listen} ssl;`],
    ['/etc/ssl/chat.example.com.pem', PEM],
    ['/etc/ssl/chat.example.com.key', PEM],
    ['http://127.0.0.1:3000;', `http://127.0.0.1:${port()};`],
  ] as const) {
    expect(text).toContain(from)
    text = text.replace(from, to)
  }
  return text
}

describe.skipIf(!hasNginx)('behind a real nginx', () => {
  const urls: Record<string, string> = {}
  let nginx: AsyncDisposable

  beforeAll(async () => {
    const [one = 0, other = 0] = await freePorts(2)
    const kept = example(one)
    const taken = example(other)
      .replace(/^map [^]+?^}/m, '')
      .replace(/(proxy_pass .+);/, '$1/;')
      .replace('Upgrade $http_upgrade', "Upgrade ''")
    nginx = await startNginx(kept + taken, other)
    urls['websocket'] = `https://localhost:${one}`
    urls['sse'] = `https://localhost:${other}`
  })
  afterAll(() => nginx[Symbol.asyncDispose]())

  test.each([
    { way: 'passes the path on', transport: 'websocket' },
    { way: 'takes path and upgrades away', transport: 'sse' },
  ])('that $way, the page is whole', async ({ transport }) => {
    const url = urls[transport] ?? ''
    await using opened = await open(`${url}/chat`)
    const { page, problems } = opened
    expect(page.url()).toBe(`${url}/chat/`)
    const outside: string[] = []
    page.on('request', (request) => {
      const { pathname } = new URL(request.url())
      if (!pathname.startsWith('/chat/')) outside.push(pathname)
    })
    await page.reload()

    await say(page, 'Tell me about the sea. [[tokens=40]]')
    await answerIn(page, 'finished')
    expect(await page.locator('[data-transport]').first().getAttribute('data-transport')).toBe(transport)
    await page.waitForURL(`${url}/chat/c/*`)
    const answer = await lastAnswer(page).innerText()
    await page.reload()
    await answerIn(page, 'finished')
    await expect.poll(() => lastAnswer(page).innerText()).toBe(answer)
    await page.goto(`${page.url()}/`)
    expect(page.url()).toMatch(/\/chat\/c\/[^/]+$/)
    await page.getByTestId('new-chat').click()
    await page.waitForURL(`${url}/chat/`)

    await page.getByTestId('runs-link').click()
    await page.waitForURL(`${url}/chat/runs`)
    await page.getByRole('heading', { name: 'Load tests' }).waitFor()
    expect(outside).toEqual([])
    const refused = /^WebSocket connection to 'wss:.+' failed/
    expect(problems.filter((text) => transport === 'websocket' || !refused.test(text))).toEqual([])
  })

  test('load and its upload take the same way', async () => {
    const url = urls['websocket'] ?? ''
    const out = await mkdtemp(join(tmpdir(), 'slicechat-network-'))
    const set = ['executor.duration=1s', 'warmUp=0', 'coolDown=0', 'slo.ttft=60s', 'slo.interToken=60s']
    const { code, stderr } = await loadgen(
      [
        ...['run', 'smoke', '--target', `${url}/chat`, '--out', out, '--no-witness', '--upload'],
        ...[...set, 'thresholds.1=ttft.p95 < 60s', 'thresholds.2='].flatMap((one) => ['--set', one]),
      ],
      { NODE_EXTRA_CA_CERTS: PEM },
    )
    const { id } = JSON.parse(await readFile(join(out, 'run.json'), 'utf8')) as { id: string }
    expect(stderr).toContain(`Uploaded: the web app shows it at /chat/runs/${id}`)
    expect([0, 1], stderr).toContain(code)
    await using opened = await open(`${url}/chat/runs/${id}`)
    await opened.page.getByTestId('report').waitFor()
    expect(opened.problems).toEqual([])
    await rm(out, { recursive: true })
  })
})
