import { expect, test } from 'vitest'
import { readRequest } from './request.ts'

const bodyOf = (json: string, withUsage: boolean): string =>
  readRequest(Buffer.from(json)).body('größer', withUsage).toString()

test.each([
  // Nothing to change: the very bytes, with what JSON.parse would have changed.
  ['{"model":"m", "seed":12345678901234567890, "x":1.0}', false, undefined],
  ['{"model":"","x":"ü"}', false, '{"model":"größer","x":"ü"}'],
  ['{"model":null}', false, '{"model":"größer"}'],
  ['{"x":[]}', false, '{"model":"größer","x":[]}'],
  [
    '{"model":"m","stream":true}',
    true,
    '{"stream_options":{"include_usage":true},"model":"m","stream":true}',
  ],
  ['{"model":"m","stream_options":null}', true, '{"model":"m","stream_options":{"include_usage":true}}'],
  [
    '{"model":"m","stream_options":{"include_usage":false,"x":1.0}}',
    true,
    '{"model":"m","stream_options":{"include_usage":true,"x":1.0}}',
  ],
  // Without `include_usage` it has no effect at vLLM, and must not get one.
  [
    '{"model":"m","stream_options":{"continuous_usage_stats":true}}',
    true,
    '{"model":"m","stream_options":{"include_usage":true,"continuous_usage_stats":false}}',
  ],
])('%s, usage %s', (json, withUsage, expected) => {
  expect(bodyOf(json, withUsage)).toBe(expected ?? json)
})

test.each([
  ['rubbish', undefined],
  ['[]', undefined],
  ['{"stream":"yes"}', 'stream'],
  ['{"stream":1}', 'stream'],
  ['{"stream_options":[]}', 'stream_options'],
  ['{"stream_options":{"include_usage":"yes"}}', 'stream_options.include_usage'],
  ['{"model":5}', 'model'],
  ['{"n":0}', 'n'],
  ['{"n":"2"}', 'n'],
  ['{"n":17}', 'n'],
  ['{"n":9,"prompt":["a","b"]}', 'prompt'],
])('%s is refused', (json, field) => {
  expect(() => readRequest(Buffer.from(json))).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT', details: field === undefined ? {} : { field } }) as Error,
  )
})

test('answers and tokens are counted before the model server has', () => {
  const read = (json: object): object => {
    const { answers, tokens } = readRequest(Buffer.from(JSON.stringify(json)))
    return { answers, ...tokens }
  }
  expect(read({ prompt: [1, 2, 3], max_tokens: 5 })).toEqual({ answers: 1, prompt: 0, expected: 5 })
  expect(read({ prompt: ['a'.repeat(8), 'b'.repeat(8)], n: 2, max_tokens: 5 })).toEqual({
    ...{ answers: 4, prompt: 4, expected: 24 },
  })
  const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(9_999)}` } }
  const content = [{ type: 'text', text: 'x'.repeat(40) }, image]
  expect(read({ messages: [{ role: 'user', content }] })).toEqual({ answers: 1, prompt: 10, expected: 1_034 })
})
