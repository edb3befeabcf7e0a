import { setTimeout as sleep } from 'node:timers/promises'
import { createChatClient } from '@slicechat/client'
import type { Browser } from 'playwright-core'
import { say } from '../../test/stack/browser.ts'
import type { Stack } from '../../test/stack/stack.ts'
import { type PageCost, PageMeter } from './page-meter.ts'
import { CHARS_PER_TOKEN, type ScriptedUpstream } from './scripted-upstream.ts'
import { answer, BLOCKS } from './texts.ts'

export interface StreamResult extends PageCost {
  name: string
  tokensPerS: number
  /** Share of the processor's speed that was left to the page. */
  speed: number
  above: number
  tokens: number
}

const ANSWER = '[data-testid=message][data-role=assistant]'

/**
 * Interval for checking whether the answer has ended. A locator's own waiting searches the whole page many times a
 * second, each time for 30 ms of the page's processor with 500 messages, and would dominate the measurement.
 */
const WATCH_EVERY_MS = 250
const TIMEOUT_MS = 120_000

interface Case {
  name: string
  text: string
  tokensPerS: number
  rate: number
  above: number
}

/**
 * The cases of the bench: the rates, then one block of each kind; then all again at a quarter of the processor's speed.
 */
export function casesOf(quick: boolean, only: (name: string) => boolean): Case[] {
  const [above, blockChars, seconds] = quick ? [20, 2_000, 2] : [500, 20_000, 15]
  const rates = [300, 1_000].map((tokensPerS) => ({
    name: `${tokensPerS} tokens/s`,
    text: answer(tokensPerS * seconds * CHARS_PER_TOKEN),
    tokensPerS,
    above,
  }))
  const blocks = Object.entries(BLOCKS).map(([name, make]) => {
    return { name: `a ${name}`, text: make(blockChars), tokensPerS: 1_000, above: 0 }
  })
  const atBothSpeeds = [1, 4].flatMap((rate) => [...rates, ...blocks].map((case_) => ({ ...case_, rate })))
  return atBothSpeeds.filter(({ name }) => only(name))
}

/** Makes a conversation with this many messages. @returns its id */
async function conversation(stack: Stack, upstream: ScriptedUpstream, messages: number): Promise<string> {
  const client = createChatClient({ url: stack.apiUrl })
  let conversationId: string | undefined
  for (let i = 0; i < messages / 2; i++) {
    upstream.script = { text: answer(900) }
    const sent = client.send({ content: `Question ${i}?`, ...(conversationId ? { conversationId } : {}) })
    for await (const event of sent) if (event.type === 'finished') break
    conversationId = (await sent.ids).conversationId
  }
  client.close()
  return conversationId ?? ''
}

/** Streams the answers of all cases into real pages, one after the other. */
export async function measureStreams(
  { stack, upstream, browser }: { stack: Stack; upstream: ScriptedUpstream; browser: Browser },
  cases: readonly Case[],
): Promise<StreamResult[]> {
  const results: StreamResult[] = []
  const ids = new Map<number, string>()
  for (const { name, text, tokensPerS, rate, above } of cases) {
    if (above > 0 && !ids.has(above)) ids.set(above, await conversation(stack, upstream, above))
    const page = await browser.newPage()
    await page.goto(`${stack.url}${above > 0 ? `/c/${ids.get(above) ?? ''}` : '/'}`)
    const message = page.locator('[data-testid=message]')
    if (above > 0) await message.nth(above - 1).waitFor()
    const meter = await PageMeter.attach(page)
    await meter.throttle(rate)
    upstream.script = { text, tokensPerS }
    const tokens = Math.ceil(text.length / CHARS_PER_TOKEN)
    const before = await page.locator(ANSWER).count()
    const cost = await meter.measure(tokens, async () => {
      await say(page, 'Go on.')
      const status = `document.querySelectorAll('${ANSWER}')[${before}]?.dataset.status`
      const deadline = performance.now() + TIMEOUT_MS
      while ((await page.evaluate(status)) !== 'finished') {
        if (performance.now() > deadline) throw new Error(`the answer of ${name} has no end`)
        await sleep(WATCH_EVERY_MS)
      }
    })
    results.push({ name, tokensPerS, speed: 1 / rate, above, tokens, ...cost })
    await page.close()
  }
  return results
}
