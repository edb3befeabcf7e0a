import { expect, test } from 'vitest'
import { CompletionStream } from './completion-stream.ts'

function read(...events: readonly string[]) {
  const arrived: number[] = []
  const stream = new CompletionStream((characters) => arrived.push(characters))
  for (const event of events) stream.push(Buffer.from(`data: ${event}\n\n`))
  return { arrived, text: stream.text, outcome: stream.outcome() }
}

const BEGUN = '{"choices":[{"delta":{"content":"Hi"},"finish_reason":null}]}'
const SAID = '{"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}'

test.each([
  'null',
  '5',
  '"text"',
  '[]',
  '{"choices":[null]}',
  '{"choices":5}',
  '{"choices":null,"usage":null}',
])('an event %s says nothing', (event) => {
  const { arrived, text, outcome } = read(event, SAID, '[DONE]')
  expect(arrived).toEqual([2])
  expect(text).toBe('Hi')
  expect(outcome).toMatchObject({ reason: 'stop', error: undefined })
})

test('what is no text is none', () => {
  const { arrived, text } = read('{"choices":[{"delta":{"content":5,"reasoning":{"a":1}}}]}', SAID)
  expect(arrived).toEqual([2])
  expect(text).toBe('Hi')
})

test.each(['{"prompt_tokens":"7","completion_tokens":-4}', '{"completion_tokens":2.5}', '7', '{}'])(
  'a usage %s counts nothing',
  (usage) => {
    const { outcome } = read(SAID, `{"choices":[],"usage":${usage}}`, '[DONE]')
    expect(outcome).toMatchObject({ promptTokens: undefined, completionTokens: undefined, error: undefined })
  },
)

test.each([
  ['{"error":"Broken."}', 'STREAM_500', 'Broken.'],
  ['{"error":{"message":"Broken.","code":503}}', 'STREAM_503', 'Broken.'],
  ['{"error":{"message":{"a":1},"code":null}}', 'STREAM_500', '{"a":1}'],
  ['{"error":{}}', 'STREAM_500', 'The server reported an error.'],
])('%s is the error %s', (event, code, message) => {
  expect(read(BEGUN, event).outcome.error).toEqual({ code, message })
})

test('an error that is null is none', () => {
  expect(read('{"error":null}', SAID).outcome.error).toBeUndefined()
})

test('an event that is no JSON is an error', () => {
  expect(read('{', SAID).outcome.error?.code).toBe('BAD_CHUNK')
})
