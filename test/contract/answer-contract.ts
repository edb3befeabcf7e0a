import { expect, test } from 'vitest'
import { recordedBody, recordedEvents, shapeOf } from './recorded.ts'
import { readStream, type ReadStream, type Usage } from './stream-reading.ts'
import { ask, chat, type Target } from './target.ts'

const usage = { stream: true, stream_options: { include_usage: true } }

/** Answers: their shape, order and counts. */
export function answerContract(target: () => Target): void {
  /** Keys that only one of the recorded server and the target was configured to send. */
  const optional = () => [
    ...(target().perRequestMetrics ? [] : ['metrics']),
    ...(target().promptTokensDetails ? ['prompt_tokens_details'] : []),
  ]
  /** Each kind of chunk once, in the order in which they first appear. */
  const shapes = (events: readonly string[]) => [
    ...new Set(events.map((event) => shapeOf(event, optional()))),
  ]
  const wellOrdered = (read: ReadStream, last: 'usage' | 'choice') => {
    const [first, ...rest] = read.chunks
    expect(first?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' })
    const choices = last === 'usage' ? rest.slice(0, -1) : rest
    for (const [at, chunk] of choices.entries()) {
      expect(chunk.choices.length).toBe(1)
      expect(chunk.choices[0]?.finish_reason === null).toBe(at < choices.length - 1)
    }
    expect(read.events.at(-1)).toBe('[DONE]')
  }

  test('a stream with usage: role, text, reason, usage, [DONE], with the recorded keys', async () => {
    const read = await readStream(await chat(target(), { ...usage, max_tokens: 4, ignore_eos: true }))
    wellOrdered(read, 'usage')
    expect(shapes(read.events)).toEqual(shapes(recordedEvents('stream-english.jsonl')))
    expect(read.finishReason).toBe('length')
    expect(read.usage?.completion_tokens).toBe(4)
  })

  test('a stream without usage ends with the reason and the fingerprint', async () => {
    const read = await readStream(await chat(target(), { stream: true, max_tokens: 5, ignore_eos: true }))
    wellOrdered(read, 'choice')
    expect(shapes(read.events)).toEqual(shapes(recordedEvents('stream-no-usage.jsonl')))
  })

  test('usage on every chunk, when asked for', async () => {
    const stream_options = { include_usage: true, continuous_usage_stats: true }
    const read = await readStream(await chat(target(), { stream: true, stream_options }))
    expect(shapes(read.events)).toEqual(shapes(recordedEvents('stream-continuous-usage.jsonl')))
    const counts = read.chunks.map((chunk) => chunk.usage?.completion_tokens ?? NaN)
    expect(counts).toEqual([...counts].sort((a, b) => a - b))
    expect(counts[0]).toBe(0)
  })

  test('the usage counts every token, and the prompt is what /tokenize says it is', async () => {
    const messages = [{ role: 'user', content: '你好 👍 write a few words about the sea 🌊' }]
    const options = { ...usage, messages, max_tokens: 40, ignore_eos: true, return_token_ids: true }
    const read = await readStream(await chat(target(), options))
    const ids = read.chunks.flatMap((chunk) => chunk.choices).flatMap(({ token_ids }) => token_ids ?? [])
    expect(read.usage?.completion_tokens).toBe(ids.length)
    const tokenized = await ask(target(), '/tokenize', { body: { model: target().model, messages } })
    const { count } = (await tokenized.json()) as { count: number }
    expect(read.usage).toMatchObject({ prompt_tokens: count, total_tokens: count + ids.length })
  })

  test('a plain answer has the recorded keys, and the text of the stream', async () => {
    const options = { max_tokens: 6, ignore_eos: true, seed: 1 }
    const body = await (await chat(target(), options)).text()
    const likeRecorded = recordedBody('chat-plain.http').replace(
      '"finish_reason":"stop"',
      '"finish_reason":"length"',
    )
    expect(shapeOf(body, optional())).toBe(shapeOf(likeRecorded, optional()))
    const plain = JSON.parse(body) as { choices: { message: { content: string } }[]; usage: Usage }
    const streamed = await readStream(await chat(target(), { ...usage, ...options }))
    expect(plain.choices[0]?.message.content).toBe(streamed.text)
    expect(plain.usage.completion_tokens).toBe(streamed.usage?.completion_tokens)
  })

  test('an answer that ends by itself has its last token counted and a reason', async () => {
    const messages = [{ role: 'user', content: 'What is the capital of France? [[tokens=8]]' }]
    const read = await readStream(await chat(target(), { ...usage, messages, max_tokens: 300 }))
    expect(read.finishReason).toBe('stop')
    expect(read.stopReason).toBeNull()
  })

  test('a stop string ends the answer before it, and is named', async () => {
    const whole = await readStream(await chat(target(), { ...usage, max_tokens: 30, ignore_eos: true }))
    const words = whole.text.split(' ')
    const stop = `${words[2] ?? ''} ${words[3] ?? ''}`
    const read = await readStream(
      await chat(target(), { ...usage, max_tokens: 30, ignore_eos: true, stop: [stop] }),
    )
    expect(read.text).toBe(whole.text.slice(0, whole.text.indexOf(stop)))
    expect([read.finishReason, read.stopReason]).toEqual(['stop', stop])
    expect(read.usage?.completion_tokens).toBeLessThan(whole.usage?.completion_tokens ?? 0)
    // Text that could begin the stop string is held back, so these tokens come as chunks without text.
    expect(read.chunks[1]?.choices[0]?.delta.content).toBe('')
    wellOrdered(read, 'usage')
  })

  test('a stop string within the least number of tokens does not count', async () => {
    const whole = await readStream(await chat(target(), { ...usage, max_tokens: 12, ignore_eos: true }))
    const first = whole.text.trim().split(' ')[0] ?? ''
    const options = { ...usage, max_tokens: 12, min_tokens: 4, ignore_eos: true, stop: [first] }
    const read = await readStream(await chat(target(), options))
    expect(read.usage?.completion_tokens).toBeGreaterThan(4)
  })

  test('max_tokens beyond the context is cut to it', async () => {
    const room = 12
    const content = 'word '.repeat(target().maxModelLen)
    const fits = async (words: number) => {
      const messages = [{ role: 'user', content: content.slice(0, words * 5) }]
      const response = await ask(target(), '/tokenize', { body: { model: target().model, messages } })
      return { messages, count: ((await response.json()) as { count: number }).count }
    }
    const overhead = (await fits(1)).count - 1
    const { messages, count } = await fits(target().maxModelLen - overhead - room)
    const left = target().maxModelLen - count
    expect(left).toBeGreaterThan(0)
    const read = await readStream(
      await chat(target(), { ...usage, messages, max_tokens: left + 500, ignore_eos: true }),
    )
    expect(read.usage?.completion_tokens).toBe(left)
    expect(read.finishReason).toBe('length')
  })

  test('X-Request-Id becomes the id of the answer', async () => {
    const response = await chat(target(), { max_tokens: 1 }, { headers: { 'x-request-id': 'contract-7' } })
    expect(((await response.json()) as { id: string }).id).toBe('chatcmpl-contract-7')
    expect(response.headers.get('x-request-id')).toBe(target().requestIdHeaders ? 'contract-7' : null)
  })
}
