import { createChatClient, type ChatClient, type GenerationEvent } from '@slicechat/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StackProcess, startStackProcess } from '../stack/stack-process.ts'
import { addedBy, isIdle, total } from './counts.ts'
import { ConcurrentStreams } from './concurrent-streams.ts'
import { readStream } from './stream-reading.ts'
import { chat, scrapeUntil, type Target } from './target.ts'

const TOKENS = 12
const messages = [
  { role: 'user' as const, content: 'What is the capital of France? Answer in one sentence.' },
]

type Finished = Extract<GenerationEvent, { type: 'finished' }>

/** Slicechat's own API in front of the server: it has to pass on what the server said. */
export function apiContract(target: () => Target): void {
  let api: StackProcess
  let client: ChatClient

  beforeAll(async () => {
    const { url, model, apiKey } = target()
    const env = {
      PORT: '0',
      METRICS_PORT: '0',
      DATA_DIR: ':memory:',
      DRAIN_TIMEOUT_S: '0',
      UPSTREAM_RETRIES: '0',
      VLLM_URL: `${url}/v1`,
      MODEL: model,
      ...(apiKey === undefined ? {} : { VLLM_API_KEY: apiKey }),
    }
    api = await startStackProcess('apps/api/src/main.ts', env, /"url":"(http:[^"]+)".*"msg":"api ready"/)
    client = createChatClient({ url: api.ready[1] ?? '' })
  })
  afterAll(async () => {
    client.close()
    await api.end('SIGKILL')
  })

  const ask = (input: Partial<Parameters<ChatClient['generate']>[0]> = {}) =>
    client.generate({ messages, params: { temperature: 0, maxTokens: TOKENS }, ...input })
  const read = async (answer: AsyncIterable<GenerationEvent>) => {
    let text = ''
    let finished: Finished | undefined
    for await (const event of answer)
      if (event.type === 'delta') text += event.text
      else if (event.type === 'finished') finished = event
    return { text, finished }
  }

  test('text, reason and usage are those of the server', async ({ skip }) => {
    if (!target().exclusive) skip('others use this server')
    const options = { stream: true, stream_options: { include_usage: true }, messages, max_tokens: TOKENS }
    const direct = await readStream(await chat(target(), options))
    const { prompt_tokens = NaN, completion_tokens = NaN } = direct.usage ?? {}
    const added = await addedBy(
      target(),
      async () => {
        const { text, finished } = await read(ask())
        expect(text).toBe(direct.text)
        expect(finished).toMatchObject({
          reason: direct.finishReason,
          usage: { promptTokens: prompt_tokens, completionTokens: completion_tokens },
        })
      },
      (soFar) => soFar.total('vllm:request_success_total') === 1,
    )
    expect(added.total('vllm:generation_tokens_total')).toBe(completion_tokens)
    expect(added.total('vllm:prompt_tokens_total')).toBe(prompt_tokens)
  })

  test('what is stopped frees its sequence, and is counted as far as it came', async ({ skip }) => {
    if (!target().exclusive) skip('others use this server')
    let finished: Finished | undefined
    const added = await addedBy(
      target(),
      async () => {
        // With this prompt, neither server ends by itself before it is stopped.
        const content = 'Write three sentences about the sea. [[tokens=3000]]'
        const params = { temperature: 0, maxTokens: 3000 }
        const answer = ask({ messages: [{ role: 'user', content }], params })
        const { generationId } = await answer.ids
        let pieces = 0
        for await (const event of answer) {
          if (event.type === 'delta' && ++pieces === 5) expect(await client.stop(generationId)).toBe(true)
          if (event.type === 'finished') finished = event
        }
      },
      (soFar) => soFar.count('vllm:time_to_first_token_seconds') === 1,
    )
    expect(finished?.reason).toBe('stopped')
    expect(finished?.usage?.promptTokens).toBe(added.total('vllm:prompt_tokens_total'))
    const tokens = added.total('vllm:generation_tokens_total')
    // The server went on while the stop request was on its way.
    expect(finished?.usage?.completionTokens).toBeLessThanOrEqual(tokens)
    expect(tokens).toBeLessThan(3000)
    expect(added.otherThan(0)).toEqual([])
  })

  test.each([
    ['a model that is not served', { model: 'nope' }, 'MODEL_NOT_FOUND'],
    [
      'a prompt beyond the context',
      { messages: [{ role: 'user', content: 'hello '.repeat(5000) }] },
      'CONTEXT_TOO_LONG',
    ],
  ] as const)('%s is told by its code', async (_name, input, code) => {
    const failed = await read(ask(input as Parameters<typeof ask>[0])).then(
      ({ finished }) => finished?.error?.code,
      (error: unknown) => (error as { code?: string }).code,
    )
    expect(failed).toBe(code)
  })

  test('a server without room is told as busy, and works again when there is some', async ({ skip }) => {
    const { limits } = target()
    if (limits === undefined) return skip('its limits are not known')
    await scrapeUntil(target(), isIdle)
    using streams = new ConcurrentStreams(target())
    streams.join(limits.maxNumQueuedReqs)
    await streams.untilFull(limits)
    const { finished } = await read(ask())
    expect(finished).toMatchObject({ reason: 'error', error: { code: 'UPSTREAM_BUSY', retryable: true } })
    streams[Symbol.dispose]()
    await scrapeUntil(target(), (page) => total(page, 'vllm:num_requests_waiting') === 0)
    expect((await read(ask())).finished?.reason).toMatch(/stop|length/)
  })
}
