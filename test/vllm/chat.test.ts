import { parseExposition } from '@slicechat/metrics/reading'
import { createChatClient } from '@slicechat/client'
import { expect, test } from 'vitest'
import { answerIn, lastAnswer, launchBrowser, say } from '../stack/browser.ts'
import { Stack } from '../stack/stack.ts'

const url = process.env.VLLM_URL ?? ''
const model = process.env.MODEL
/** Counters are compared only if nobody else uses the server. */
const exclusive = process.env.VLLM_EXCLUSIVE === 'true'

async function vllmCount(name: string): Promise<number> {
  const page = await (await fetch(new URL('/metrics', url))).text()
  return parseExposition(page).sum(name) ?? 0
}

/**
 * Now and then a model of 135 million parameters goes on to the end of its context instead of ending its answer: 4,096
 * tokens, at 15 to 45 a second.
 */
const ENDLESS_MS = 600_000

test('a chat in the browser, through web and API, with a real vLLM', { timeout: 660_000 }, async () => {
  await using stack = await Stack.start({ upstream: { url, ...(model === undefined ? {} : { model }) } })
  const browser = await launchBrowser()
  const page = await (await browser.newContext()).newPage()
  const before = {
    prompt: await vllmCount('vllm:prompt_tokens_total'),
    generation: await vllmCount('vllm:generation_tokens_total'),
  }
  await page.goto(stack.url)
  await say(page, 'What is the capital of France? Answer in one word.')
  await answerIn(page, 'running')
  await answerIn(page, 'finished', ENDLESS_MS)
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

  // With greedy decoding, a tiny model goes on and on here, so that there is something to stop.
  const client = createChatClient({ url: `${stack.url}/trpc` })
  const answer = client.generate({
    messages: [{ role: 'user', content: 'Write three sentences about the sea.' }],
    params: { temperature: 0, maxTokens: 2_000 },
  })
  const { generationId } = await answer.ids
  let pieces = 0
  for await (const event of answer) {
    if (event.type === 'delta' && ++pieces === 5) expect(await client.stop(generationId)).toBe(true)
    if (event.type === 'finished')
      expect(event).toMatchObject({
        reason: 'stopped',
        usage: { promptTokens: expect.any(Number) as number },
      })
  }
  client.close()
  expect(await stack.count('chat_requests_total', { status: 'cancelled' })).toBe(1)
  if (exclusive) await expect.poll(() => vllmCount('vllm:num_requests_running'), { timeout: 10_000 }).toBe(0)
  await browser.close()
})
