import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerIn, lastAnswer, launchBrowser, say } from './stack/browser.ts'
import { Stack } from './stack/stack.ts'
import { blockUpgrades } from './stack/upgrade-blocker.ts'

let stack: Stack
let browser: Browser
let blocked: Awaited<ReturnType<typeof blockUpgrades>>

beforeAll(async () => {
  stack = await Stack.start({ simulator: { SIM_TTFT: '100ms', SIM_ITL: '20ms' } })
  blocked = await blockUpgrades(stack.url)
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser.close()
  await blocked[Symbol.asyncDispose]()
  await stack[Symbol.asyncDispose]()
})

async function open(url: string): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(url)
  return { page, problems }
}

/** The different lengths of the newest answer's text, observed until the answer is finished. */
async function growth(page: Page): Promise<Set<number>> {
  const lengths = new Set<number>()
  for (;;) {
    const answer = lastAnswer(page)
    const finished = (await answer.getAttribute('data-status')) === 'finished'
    lengths.add((await answer.innerText()).length)
    if (finished) return lengths
  }
}

const ended = async (status: string): Promise<number> => stack.count('chat_requests_total', { status })

describe.each([
  { transport: 'websocket', url: (): string => stack.url },
  { transport: 'sse', url: (): string => blocked.url },
])('a chat in the browser over $transport', ({ transport, url }) => {
  test('streams in steps, survives a reload, stops, and is counted exactly', async () => {
    const before = { success: await ended('success'), cancelled: await ended('cancelled') }
    const tokensBefore = await stack.count('chat_tokens_total', { kind: 'completion' })
    const { page, problems } = await open(url())

    await say(page, 'Tell me about the sea. [[tokens=60]]')
    expect((await growth(page)).size).toBeGreaterThan(3)
    expect(await page.locator('[data-transport]').first().getAttribute('data-transport')).toBe(transport)
    expect(await ended('success')).toBe(before.success + 1)
    expect(await stack.count('chat_tokens_total', { kind: 'completion' })).toBe(tokensBefore + 60)

    await say(page, 'And about mountains? [[tokens=150]]')
    await answerIn(page, 'running')
    await page.waitForFunction(() => {
      const answers = document.querySelectorAll('[data-testid=message][data-role=assistant]')
      return (answers[answers.length - 1]?.textContent ?? '').length > 40
    })
    await page.reload()
    await answerIn(page, 'running')
    await answerIn(page, 'finished')
    const afterReload = await lastAnswer(page).innerText()
    await page.reload()
    await answerIn(page, 'finished')
    // A page that loads the whole answer at once shows the same as the page that was interrupted.
    await expect.poll(() => lastAnswer(page).innerText()).toBe(afterReload)
    expect(await stack.count('chat_tokens_total', { kind: 'completion' })).toBe(tokensBefore + 210)
    expect(await stack.count('chat_stream_resumes_total')).toBeGreaterThan(0)

    await say(page, 'Now a very long story. [[tokens=3000]]')
    await answerIn(page, 'running')
    await page.getByTestId('stop').click()
    await answerIn(page, 'finished')
    expect(await lastAnswer(page).getAttribute('data-reason')).toBe('stopped')
    await expect.poll(() => ended('cancelled')).toBe(before.cancelled + 1)
    await expect.poll(() => stack.count('chat_active_generations')).toBe(0)
    expect(await ended('success')).toBe(before.success + 2)
    expect(await ended('error')).toBe(0)

    // The reader's timing is reported once for each answer that this page saw from start to end.
    await expect.poll(() => stack.count('chat_client_first_token_latency_seconds_count')).toBeGreaterThan(0)
    expect(problems).toEqual([])
    await page.context().close()
  })
})

test('two tabs watch one answer', async () => {
  const { page } = await open(stack.url)
  await say(page, 'Something for two readers. [[tokens=120]]')
  await page.waitForURL(/\/c\//)
  const second = await page.context().newPage()
  await second.goto(page.url())
  await answerIn(second, 'running')
  const [one, two] = await Promise.all([answerIn(page, 'finished'), answerIn(second, 'finished')])
  expect(two.length).toBeGreaterThan(100)
  const body = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 300)
  expect(body(two)).toBe(body(one))
  await page.context().close()
})

test('the version of an answer that was chosen is shown after a reload, until another one is written', async () => {
  const { page, problems } = await open(stack.url)
  await say(page, 'Say it twice. [[tokens=5]]')
  await answerIn(page, 'finished')
  await lastAnswer(page).getByTestId('regenerate').click()
  await page.getByLabel('Version 2 of 2').waitFor()
  await answerIn(page, 'finished')
  await page.getByRole('button', { name: 'Earlier version' }).click()
  await page.reload()
  await page.getByLabel('Version 1 of 2').waitFor()
  await lastAnswer(page).getByTestId('regenerate').click()
  await page.getByLabel('Version 3 of 3').waitFor()
  await answerIn(page, 'finished')
  await page.reload()
  await page.getByLabel('Version 3 of 3').waitFor()
  expect(problems).toEqual([])
  await page.context().close()
})

test('an API that crashes in the middle keeps what was said, and the answer can be had again', async () => {
  const { page } = await open(stack.url)
  await say(page, 'A story that breaks off. [[tokens=400]]')
  await page.waitForFunction(() => {
    const answer = document.querySelector('[data-testid=message][data-role=assistant]')
    return (answer?.textContent ?? '').length > 400
  })
  await stack.crashApi()
  await answerIn(page, 'finished')
  expect(await lastAnswer(page).getAttribute('data-reason')).toBe('interrupted')
  await page.reload()
  await answerIn(page, 'finished')
  expect(await page.locator('[data-testid=message][data-role=user]').innerText()).toContain(
    'A story that breaks off.',
  )
  expect((await lastAnswer(page).innerText()).length).toBeGreaterThan(100)

  await lastAnswer(page).getByTestId('regenerate').click()
  await answerIn(page, 'running')
  await page.getByTestId('stop').click()
  await answerIn(page, 'finished')
  await page.context().close()
})

test('a model server that fails shows a sentence and a way to try again', async () => {
  const { page } = await open(stack.url)
  await stack.fault({ kind: 'error-event', afterTokens: 20, code: 500, times: 1 })
  await say(page, 'Hello? [[tokens=50]]')
  await answerIn(page, 'finished')
  await page.getByTestId('error').waitFor()
  expect(await lastAnswer(page).getAttribute('data-reason')).toBe('error')
  expect((await lastAnswer(page).innerText()).length).toBeGreaterThan(20)
  await lastAnswer(page).getByTestId('retry').click()
  await expect
    .poll(() => lastAnswer(page).getAttribute('data-reason'), { timeout: 10_000 })
    .toMatch(/stop|length/)
  await page.context().close()
})
