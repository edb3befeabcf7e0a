import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseChunk } from './chunk.ts'

const recorded = (name: string): string =>
  readFileSync(new URL(`../../../apps/simulator/fixtures/vllm-0.32/${name}`, import.meta.url), 'utf8')

test('reads a recorded stream to the text and usage that the server counted', () => {
  const lines = recorded('stream-continuous-usage.jsonl').trim().split('\n')
  const bytes = lines.map((line) => (JSON.parse(line) as { bytes?: string }).bytes ?? '').join('')
  const data = [...bytes.matchAll(/^data: (\{.*\})$/gm)].map((match) => match[1] ?? '')
  const chunks = data.map(parseChunk)
  expect(chunks.length).toBeGreaterThan(3)
  expect(chunks.some(({ content }) => content !== '')).toBe(true)
  expect(chunks.filter(({ finish }) => finish !== null).length).toBe(1)
  expect(chunks.at(-1)?.usage).toMatchObject({ promptTokens: expect.any(Number) as number })
})

const error = (over: object): object => ({
  error: { codes: [], message: '', fields: [], isPage: false, status: 500, ...over },
})

test.each([
  [{ choices: [{ delta: { reasoning: 'r' } }] }, { reasoning: 'r', content: '' }],
  [{ choices: [{ delta: { reasoning_content: 'r', content: 'c' } }] }, { reasoning: 'r', content: 'c' }],
  [{ choices: [{ delta: { reasoning: 'r', reasoning_content: 'r' } }] }, { reasoning: 'r' }],
  [{ choices: [{ delta: {}, finish_reason: 'length' }] }, { finish: { reason: 'length', note: null } }],
  [{ choices: [{ delta: {}, finish_reason: '' }] }, { finish: null }],
  [{ choices: [{ delta: {}, finish_reason: { type: 'abort' } }] }, { finish: { reason: 'failed' } }],
  // Text in other places.
  [
    { choices: [{ delta: { content: [{ type: 'text', text: 'a' }, 'b', { text: 'c' }] } }] },
    { content: 'abc' },
  ],
  [
    {
      choices: [
        {
          delta: {
            content: [
              { type: 'thinking', thinking: [{ type: 'text', text: 'r' }] },
              { type: 'text', text: 'c' },
            ],
          },
        },
      ],
    },
    { content: 'c', reasoning: 'r' },
  ],
  [{ choices: [{ delta: { refusal: 'No.' } }] }, { content: 'No.' }],
  [{ choices: [{ delta: { content: [{ type: 'refusal', refusal: 'No.' }] } }] }, { content: 'No.' }],
  [{ choices: [{ message: { content: 'whole', refusal: null } }] }, { content: 'whole' }],
  [{ choices: [{ delta: null, message: { refusal: 'No.' } }] }, { content: 'No.' }],
  [{ choices: [{ text: 'completion' }] }, { content: 'completion' }],
  // What is no text.
  [
    { choices: [{ delta: { content: null, tool_calls: [{ function: { name: 'f' } }, { function: {} }] } }] },
    {
      content: '',
      other: [
        { kind: 'tool calls', name: 'f' },
        { kind: 'tool calls', name: '' },
      ],
    },
  ],
  [
    { choices: [{ delta: { function_call: { name: 'f' }, audio: { id: 'a' } } }] },
    {
      other: [
        { kind: 'tool calls', name: 'f' },
        { kind: 'audio', name: '' },
      ],
    },
  ],
  [
    { choices: [{ delta: { content: [{ type: 'image_url' }] } }] },
    { other: [{ kind: 'image_url', name: '' }] },
  ],
  [
    { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
    { usage: { promptTokens: 1, completionTokens: 2 } },
  ],
  // One count alone would make the other a zero.
  [{ usage: { prompt_tokens: 1, completion_tokens: 'x' } }, { usage: null }],
  [{ usage: { prompt_tokens: -1, completion_tokens: 1 } }, { usage: null }],
  [{ error: { message: 'm', code: 503 } }, error({ status: 503, message: 'm' })],
  [{ error: { message: 'm', code: '503' } }, error({ status: 503, message: 'm' })],
  [{ error: 'Unauthorized' }, error({ message: 'Unauthorized' })],
  [{ error: { code: 'rate_limit_exceeded' } }, error({ status: 429, codes: ['rate_limit_exceeded'] })],
  [{ error: null, choices: [] }, { error: null }],
  [{ error: '', choices: [] }, { error: null }],
  [
    { choices: 'x', usage: 7 },
    { content: '', usage: null, finish: null, error: null },
  ],
  [{ choices: [null] }, { content: '' }],
  [{ choices: [{ delta: { content: 'a\0b' } }] }, { content: 'a\ufffdb' }],
  [null, { content: '', error: null }],
  ['text', { content: '', error: null }],
])('%j', (raw, expected) => {
  expect(parseChunk(JSON.stringify(raw))).toMatchObject(expected)
})

test('whatever JSON comes, it is read or refused as no chunk, never misread', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      try {
        const { content, reasoning } = parseChunk(json)
        expect(typeof content + typeof reasoning).toBe('stringstring')
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError)
      }
    }),
  )
})
