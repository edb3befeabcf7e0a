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
  expect(chunks.filter(({ finishReason }) => finishReason !== null).length).toBe(1)
  expect(chunks.at(-1)?.usage).toMatchObject({ promptTokens: expect.any(Number) as number })
})

test.each([
  [{ choices: [{ delta: { reasoning: 'r' } }] }, { reasoning: 'r', content: '' }],
  [{ choices: [{ delta: { reasoning_content: 'r', content: 'c' } }] }, { reasoning: 'r', content: 'c' }],
  [{ choices: [{ delta: { content: null }, finish_reason: 'tool_calls' }] }, { finishReason: 'stop' }],
  [{ choices: [{ delta: {}, finish_reason: 'length' }] }, { finishReason: 'length', content: '' }],
  [
    { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
    { usage: { promptTokens: 1, completionTokens: 2 } },
  ],
  [
    { usage: { prompt_tokens: 1, completion_tokens: 'x' } },
    { usage: { promptTokens: 1, completionTokens: 0 } },
  ],
  [{ usage: { prompt_tokens: -1 } }, { usage: null }],
  [{ error: { message: 'm', code: 503 } }, { error: { code: 503, message: 'm', param: null } }],
  [{ error: { message: 'm', code: '503' } }, { error: { code: 503, message: 'm', param: null } }],
  [{ error: 'Unauthorized' }, { error: { code: 500, message: 'Unauthorized', param: null } }],
  [{ error: { code: 'rate_limit' } }, { error: { code: 500, message: '', param: null } }],
  [
    { choices: 'x', usage: 7 },
    { content: '', usage: null, finishReason: null },
  ],
  [{ choices: [null] }, { content: '' }],
  [{ choices: [{ delta: { content: 'a\0b' } }] }, { content: 'a\ufffdb' }],
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
