import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { addedBy, isIdle, total } from './counts.ts'
import { ConcurrentStreams } from './concurrent-streams.ts'
import { scrape, scrapeUntil, type Target } from './target.ts'

const TOKENS = 12
const messages = [
  { role: 'user', content: 'What is the capital of France? Answer in one sentence.' },
] as const

/** vLLM's parameters beyond OpenAI's are passed unchanged. */
const exactly = (tokens: number) => ({ max_tokens: tokens, temperature: 0, ignore_eos: true })

/** The stock `openai` client, which programs written for OpenAI use. */
export function openaiContract(target: () => Target): void {
  /** A client, and the statuses of all its responses. */
  const connect = (options: { apiKey?: string; maxRetries?: number } = {}) => {
    const statuses: number[] = []
    const client = new OpenAI({
      baseURL: `${target().url}/v1`,
      apiKey: target().apiKey ?? 'none',
      maxRetries: 0,
      ...options,
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        statuses.push(response.status)
        return response
      },
    })
    return { client, statuses }
  }
  const body = (options: object) => ({ model: target().model, messages: [...messages], ...options })
  const stream = (client: OpenAI, options: object, signal?: AbortSignal) =>
    client.chat.completions.create(
      { ...body({ stream_options: { include_usage: true }, ...options }), stream: true },
      signal === undefined ? {} : { signal },
    )
  const failureOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'no failure',
      (error: unknown) => error,
    )

  test('the models are listed', async () => {
    const { client } = connect()
    const models = []
    for await (const model of client.models.list()) models.push(model.id)
    expect(models).toContain(target().model)
  })

  test('a stream and a plain answer say the same, with the same usage', async () => {
    const { client } = connect()
    const plain = await client.chat.completions.create(body(exactly(TOKENS)))
    let text = ''
    let usage: OpenAI.CompletionUsage | null | undefined
    const reasons = new Set<string>()
    for await (const chunk of await stream(client, exactly(TOKENS))) {
      const [choice] = chunk.choices
      text += choice?.delta.content ?? ''
      if (choice?.finish_reason) reasons.add(choice.finish_reason)
      usage = chunk.usage
    }
    expect(text).toBe(plain.choices[0]?.message.content)
    expect([...reasons]).toEqual([plain.choices[0]?.finish_reason])
    expect(usage).toMatchObject({ completion_tokens: TOKENS, prompt_tokens: plain.usage?.prompt_tokens })
    expect(usage?.total_tokens).toBe(plain.usage?.total_tokens)
  })

  test('a completion without a chat streams the text of the plain one, with the same usage', async () => {
    const { client } = connect()
    const asked = { model: target().model, prompt: 'The capital of France is', ...exactly(TOKENS) }
    const plain = await client.completions.create(asked)
    expect(plain.choices[0]?.finish_reason).toBe('length')
    expect(plain.usage?.completion_tokens).toBe(TOKENS)
    let text = ''
    let usage: OpenAI.CompletionUsage | null | undefined
    const options = { stream_options: { include_usage: true } }
    for await (const chunk of await client.completions.create({ ...asked, ...options, stream: true })) {
      text += chunk.choices[0]?.text ?? ''
      usage = chunk.usage
    }
    expect(text).toBe(plain.choices[0]?.text)
    expect(usage?.total_tokens).toBe(plain.usage?.total_tokens)
    await expect(client.completions.create({ ...asked, prompt: '' })).rejects.toMatchObject({
      ...{ status: 400, param: 'prompt', message: /must be provided and non-empty/ },
    })
  })

  test('the helper that accumulates a stream understands it', async () => {
    const { client } = connect()
    const options = { stream_options: { include_usage: true, continuous_usage_stats: true } }
    const runner = client.chat.completions.stream(body({ ...exactly(TOKENS), ...options }))
    const whole = await runner.finalChatCompletion()
    expect(whole.choices[0]?.finish_reason).toBe('length')
    expect((whole.choices[0]?.message.content ?? '').length).toBeGreaterThan(0)
    expect((await runner.totalUsage()).completion_tokens).toBe(TOKENS)
  })

  test('usage on every chunk counts up to the last one', async () => {
    const { client } = connect()
    const options = {
      ...exactly(TOKENS),
      stream_options: { include_usage: true, continuous_usage_stats: true },
    }
    const counts: number[] = []
    for await (const chunk of await stream(client, options))
      counts.push(chunk.usage?.completion_tokens ?? NaN)
    expect(counts).toEqual([...counts].sort((a, b) => a - b))
    expect([counts[0], counts.at(-1)]).toEqual([0, TOKENS])
  })

  test.each([
    ['a model that is not served', { model: 'nope' }, OpenAI.NotFoundError, 404, 'model'],
    ['a temperature out of range', { temperature: -3 }, OpenAI.BadRequestError, 400, 'temperature'],
    ['a temperature that is none', { temperature: 'hot' }, OpenAI.BadRequestError, 400, 'body.temperature'],
    ['a context too small', { max_tokens: 99_999 }, OpenAI.BadRequestError, 400, 'max_tokens'],
  ] as const)('%s is an error of its class', async (_name, wrong, kind, status, param) => {
    const { client, statuses } = connect({ maxRetries: 2 })
    for (const asked of [() => client.chat.completions.create(body(wrong)), () => stream(client, wrong)]) {
      const error = await failureOf(asked())
      expect(error).toBeInstanceOf(kind)
      expect(error).toMatchObject({ status, param })
    }
    // The client does not retry its own mistakes.
    expect(statuses).toEqual([status, status])
  })

  test('a stream that is aborted frees its sequence', async ({ skip }) => {
    if (!target().exclusive) skip('others use this server')
    const { client } = connect()
    let seen = 0
    const first = 'vllm:time_to_first_token_seconds'
    const most = target().maxModelLen - 500
    const added = await addedBy(
      target(),
      async () => {
        for await (const chunk of await stream(client, exactly(most)))
          if (chunk.choices[0]?.delta.content && ++seen === 3) break
      },
      (soFar) => soFar.count(first) === 1,
    )
    expect(seen).toBe(3)
    expect(added.total('vllm:generation_tokens_total')).toBeGreaterThanOrEqual(3)
    expect(added.total('vllm:generation_tokens_total')).toBeLessThan(most)
    expect(added.otherThan(0)).toEqual([])
  })

  test('a refusal for want of room is a 503, and is asked again until there is room', async ({ skip }) => {
    const { limits } = target()
    if (limits === undefined) return skip('its limits are not known')
    await scrapeUntil(target(), isIdle)
    const rejections = async () => total(await scrape(target()), 'vllm:admission_rejections_total')
    const before = await rejections()
    using streams = new ConcurrentStreams(target())
    streams.join(limits.maxNumQueuedReqs)
    await streams.untilFull(limits)
    const hasty = connect()
    expect(await failureOf(hasty.client.chat.completions.create(body(exactly(1))))).toMatchObject({
      status: 503,
      type: 'Service Unavailable',
    })
    expect(await failureOf(stream(hasty.client, exactly(1)))).toBeInstanceOf(OpenAI.InternalServerError)
    const patient = connect({ maxRetries: 20 })
    const answer = patient.client.chat.completions.create(body(exactly(1)))
    await expect.poll(() => patient.statuses.length, { timeout: 20_000 }).toBeGreaterThan(0)
    streams[Symbol.dispose]()
    expect((await answer).usage?.completion_tokens).toBe(1)
    expect(patient.statuses.at(-1)).toBe(200)
    const refused = [...hasty.statuses, ...patient.statuses].filter((status) => status === 503).length
    expect((await rejections()) - before).toBe(refused)
  })
}
