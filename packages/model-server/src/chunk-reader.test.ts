import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { type Chunk, parseChunk } from './chunk.ts'
import { ChunkReader } from './chunk-reader.ts'

const fixtures = new URL('../../../apps/simulator/fixtures/vllm-0.32/', import.meta.url)

function recorded(name: string): string[] {
  const lines = readFileSync(new URL(name, fixtures), 'utf8').trim().split('\n')
  const bytes = lines.map((line) => (JSON.parse(line) as { bytes?: string }).bytes ?? '').join('')
  return [...bytes.matchAll(/^data: (\{.*\})$/gm)].map((match) => match[1] ?? '')
}

/** What comes of reading: the chunk, or that there was none to read. */
function outcome(read: (data: string) => Chunk, data: string): Chunk | 'no JSON' {
  try {
    return read(data)
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError)
    return 'no JSON'
  }
}

function expectSame(stream: readonly string[]): void {
  const reader = new ChunkReader()
  for (const data of stream)
    expect(outcome((text) => reader.read(text), data)).toEqual(outcome(parseChunk, data))
}

test.each([
  'stream-continuous-usage.jsonl',
  'stream-no-usage.jsonl',
  'stream-english.jsonl',
  'stream-chinese-emoji.jsonl',
  'stream-stop-sequence.jsonl',
])('%s is read as by parsing', (name) => {
  const stream = recorded(name)
  expect(stream.length).toBeGreaterThan(2)
  expectSame(stream)
})

test.each(['stream-continuous-usage.jsonl', 'stream-english.jsonl'])('%s is hardly parsed', (name) => {
  const stream = recorded(name)
  const parse = vi.spyOn(JSON, 'parse')
  try {
    const reader = new ChunkReader()
    for (const data of stream) reader.read(data)
    // The role, the first with text and its trial, the last, and the usage.
    expect(parse.mock.calls.length).toBeLessThan(9)
  } finally {
    parse.mockRestore()
  }
})

const usage = (tokens: number): object => ({
  prompt_tokens: 30,
  total_tokens: 30 + tokens,
  completion_tokens: tokens,
})
const shapes: ((content: string, tokens: number) => object)[] = [
  (content, tokens) => ({
    id: 'c',
    choices: [{ delta: { content }, finish_reason: null }],
    usage: usage(tokens),
  }),
  (content) => ({ id: 'c', choices: [{ delta: { content }, finish_reason: null }] }),
  (content) => ({ choices: [{ delta: { content } }], usage: null }),
  (content, tokens) => ({ usage: usage(tokens), choices: [{ delta: { content } }] }),
  (content, tokens) => ({ content: 'not this', choices: [{ delta: { content } }], usage: usage(tokens) }),
  (content) => ({ choices: [{ delta: { content: 'c', 'k"content': content } }] }),
  (content, tokens) => ({ choices: [{ delta: { reasoning: 'r', content } }], usage: usage(tokens) }),
  (content, tokens) => ({ choices: [{ delta: { content }, finish_reason: 'stop' }], usage: usage(tokens) }),
  (content) => ({ choices: [{ delta: { content } }, { delta: { content: 'second choice' } }] }),
  (content, tokens) => ({ choices: [{ delta: { content } }], usage: { ...usage(tokens), more: usage(7) } }),
]
const content = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(...Array.from('a"\\\n\u0000{}:,1')) }),
)
const step = fc.record({
  content,
  tokens: fc.nat(2 ** 31),
  at: fc.nat(400),
  with: fc.constantFrom('', ...Array.from('"\\{}[],:019-.e\n\u0000 ')),
})

test('any stream, whole or spoiled, is read as by parsing', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...shapes),
      fc.constantFrom(...shapes),
      fc.array(fc.tuple(step, fc.boolean(), fc.nat(3)), { minLength: 3, maxLength: 12 }),
      (shape, other, steps) => {
        expectSame(
          steps.map(([{ content: text, tokens, at, with: mark }, useOther, spoil]) => {
            const data = JSON.stringify((useOther ? other : shape)(text, tokens))
            if (spoil > 0) return data
            const cut = at % data.length
            return data.slice(0, cut) + mark + data.slice(cut + 1)
          }),
        )
      },
    ),
    { numRuns: 3_000 },
  )
})
