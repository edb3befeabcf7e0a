import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSimulator, type Simulator } from './index.ts'
import { comparable, exchange, renamed } from './testing/exchange.ts'
import { eventsOf, recordedResponse, stepOf } from './testing/recording.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({
    ...{ port: 0, servedModelName: 'smollm2-135m', maxModelLen: 4096, ttftMs: 1, itlMs: 0 },
    ...{ enablePerRequestMetrics: true, enableRequestIdHeaders: true },
  })
})
afterAll(() => simulator.close())

const complete = (body: object | string) =>
  exchange(simulator, 'POST', '/v1/completions', typeof body === 'string' ? body : JSON.stringify(body))
const prompt = 'The capital of France is'

test.each<[string, object | string]>([
  ['no-prompt', {}],
  ['empty-prompt', { prompt: '' }],
  ['empty-list', { prompt: [] }],
  ['prompt-type', { prompt: 5 }],
  ['prompt-object', { prompt: { a: 1 } }],
  ['too-long', { prompt: 'word '.repeat(5000) }],
  ['max-tokens', { prompt, max_tokens: 99_999 }],
  ['zero-tokens', { prompt, max_tokens: 0 }],
  ['negative-tokens', { prompt, max_tokens: -1 }],
  ['out-of-range', { prompt, temperature: -3 }],
  ['wrong-type', { prompt, temperature: 'hot' }],
  ['logprobs-type', { prompt, logprobs: 'many' }],
  ['suffix', { prompt, suffix: 'y' }],
  ['stream-options', { prompt, stream_options: { include_usage: true } }],
  ['unknown-model', { prompt, model: 'nope' }],
  ['many-prompts', { prompt: Array.from({ length: 2001 }, () => 'x') }],
  ['no-answers', { prompt, n: 0 }],
  ['bad-json', '{"prompt":nope}'],
])('the refusal of %s is the recorded one to the letter', async (name, body) => {
  const recorded = recordedResponse(`completion-error-${name}.http`)
  const answer = await complete(body)
  expect(renamed(answer.body)).toBe(recorded.body.trimEnd())
  expect(answer.status).toBe(recorded.status)
  expect(comparable(answer)).toEqual(comparable(recorded))
})

const usage = { include_usage: true }

describe('answers have the recorded keys in the recorded order', () => {
  test.each<[string, object]>([
    ['plain', { prompt }],
    ['echo', { prompt, echo: true, max_tokens: 4 }],
    ['token-ids', { prompt, return_token_ids: true, max_tokens: 3 }],
    ['token-prompt', { prompt: [504, 3575, 282], max_tokens: 3 }],
  ])('%s', async (name, body) => {
    const recorded = recordedResponse(`completion-${name}.http`)
    const answer = await complete(body)
    expect(comparable(answer)).toEqual(comparable(recorded))
    expect(stepOf(answer.body)).toBe(stepOf(recorded.body))
  })

  test.each<[string, object]>([
    ['stream', { max_tokens: 6, stream_options: usage }],
    ['stream-no-usage', { max_tokens: 6 }],
    [
      'stream-continuous-usage',
      { max_tokens: 6, stream_options: { ...usage, continuous_usage_stats: true } },
    ],
    ['stream-echo', { echo: true, max_tokens: 4, stream_options: usage }],
    ['stream-token-ids', { return_token_ids: true, max_tokens: 3 }],
  ])('%s', async (name, options) => {
    const recorded = recordedResponse(`completion-${name}.http`)
    const answer = await complete({ prompt, stream: true, ...options })
    expect(comparable(answer)).toEqual(comparable(recorded))
    expect(eventsOf(answer.body).map(stepOf)).toEqual(eventsOf(recorded.body).map(stepOf))
  })

  test('max_tokens beyond the context is cut to it', async () => {
    const recorded = recordedResponse('completion-stream-clamped.http')
    const answer = await complete({
      prompt: 'word '.repeat(4090),
      stream: true,
      max_tokens: 90,
      ignore_eos: true,
    })
    const shapes = (body: string) => [...new Set(eventsOf(body).map(stepOf))]
    expect(shapes(answer.body)).toEqual(shapes(recorded.body))
    expect(eventsOf(answer.body).length).toBeLessThan(10)
  })
})

interface Completion {
  choices: { text: string; finish_reason: string; stop_reason: string | null; token_ids: number[] | null }[]
  usage: { prompt_tokens: number; completion_tokens: number }
}

async function whole(body: object): Promise<Completion> {
  return JSON.parse((await complete(body)).body) as Completion
}

test('the limit is 16 tokens unless the request says otherwise, and the prompt comes back when asked for', async () => {
  const { choices, usage: counted } = await whole({ prompt, temperature: 0, max_tokens: null })
  expect([choices[0]?.finish_reason, counted.completion_tokens]).toEqual(['length', 16])
  const echoed = await whole({ prompt, temperature: 0, echo: true })
  expect(echoed.choices[0]?.text).toBe(prompt + (choices[0]?.text ?? ''))
  expect(echoed.usage).toEqual(counted)
  const stream = await complete({ prompt, temperature: 0, echo: true, stream: true })
  const texts = eventsOf(stream.body)
    .slice(0, -1)
    .flatMap((event) => (JSON.parse(event) as Completion).choices.map(({ text }) => text))
  expect(texts.join('')).toBe(echoed.choices[0]?.text)
  expect(texts).toHaveLength(16)
})

test('directives, stop strings, faults and reasoning work as in a chat', async () => {
  const ended = await whole({ prompt: 'Hi [[tokens=7]]', max_tokens: 50 })
  expect(ended).toMatchObject({ choices: [{ finish_reason: 'stop' }], usage: { completion_tokens: 7 } })
  const stopped = await whole({ prompt: '[[echo]] one two three', max_tokens: 50, stop: ' three' })
  expect(stopped.choices[0]).toMatchObject({ text: 'one two', finish_reason: 'stop', stop_reason: ' three' })
  const thought = await whole({ prompt: '[[reasoning]][[echo]] Yes', max_tokens: 90 })
  expect(thought.choices[0]?.text).toMatch(/^The user wants .*Yes$/)
  simulator.faults.add({ kind: 'status', status: 503, match: 'unlucky', times: 1 })
  expect((await complete({ prompt: 'unlucky' })).status).toBe(503)
})

test.each([
  ['several prompts', { prompt: ['a', 'b'] }, 'one prompt, not 2'],
  ['several lists of token ids', { prompt: [[1], [2], [3]] }, 'one prompt, not 3'],
  ['an echo of token ids', { prompt: [1, 2], echo: true }, 'token ids into text'],
  ['log probabilities', { prompt: 'a', logprobs: 1 }, 'no probabilities'],
  ['several answers', { prompt: 'a', n: 2 }, 'n must be 1'],
])('%s are refused in words of its own', async (_name, body, says) => {
  const { status, body: text } = await complete(body)
  expect(status).toBe(400)
  expect(text).toContain(says)
})
