import { parseExposition } from '@slicechat/metrics'
import { expect, test } from 'vitest'
import { answerIn, lastAnswer, launchBrowser, say } from '../stack/browser.ts'
import { Stack } from '../stack/stack.ts'

const url = process.env.VLLM_URL ?? ''
const model = process.env.MODEL
/** Counters are compared only where nobody else uses the server. */
const exclusive = process.env.VLLM_EXCLUSIVE === 'true'

async function vllmCount(name: string): Promise<number> {
  const page = await (await fetch(new URL('/metrics', url))).text()
  return parseExposition(page).sum(name) ?? 0
}

test('a chat in the browser, through web and API, with a real vLLM', async () => {
  await using stack = await Stack.start({ upstream: { url, ...(model === undefined ? {} : { model }) } })
  const browser = await launchBrowser()
  const page = await (await browser.newContext()).newPage()
  const before = {
    prompt: await vllmCount('vllm:prompt_tokens_total'),
    generation: await vllmCount('vllm:generation_tokens_total'),
  }
  await page.goto(stack.url)
  await say(page, 'Write three sentences about the sea.')
  await answerIn(page, 'running')
  await answerIn(page, 'finished', 120_000)
  expect(await lastAnswer(page).getAttribute('data-reason')).toMatch(/stop|length/)
  expect(await stack.count('chat_requests_total', { status: 'success' })).toBe(1)
  const counted = {
    prompt: await stack.count('chat_tokens_total', { kind: 'prompt' }),
    completion: await stack.count('chat_tokens_total', { kind: 'completion' }),
  }
  expect(counted.prompt).toBeGreaterThan(5)
  expect(counted.completion).toBeGreaterThan(5)
  if (exclusive) {
    await expect
      .poll(() => vllmCount('vllm:generation_tokens_total'))
      .toBe(before.generation + counted.completion)
    expect(await vllmCount('vllm:prompt_tokens_total')).toBe(before.prompt + counted.prompt)
  }

  await say(page, 'Now count from one to one thousand, in words.')
  await answerIn(page, 'running')
  await expect
    .poll(async () => (await lastAnswer(page).innerText()).length, { timeout: 60_000 })
    .toBeGreaterThan(20)
  await page.reload()
  await answerIn(page, 'running')
  await page.getByTestId('stop').click()
  await answerIn(page, 'finished')
  expect(await lastAnswer(page).getAttribute('data-reason')).toBe('stopped')
  expect(await stack.count('chat_requests_total', { status: 'cancelled' })).toBe(1)
  if (exclusive) await expect.poll(() => vllmCount('vllm:num_requests_running'), { timeout: 10_000 }).toBe(0)
  await browser.close()
})
