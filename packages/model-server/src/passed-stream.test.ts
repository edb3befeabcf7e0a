import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type PassedEnd, PassedStream, type PassedStreamOptions } from './passed-stream.ts'
import { delta, event, role, usage } from './testing/wire.ts'

interface Passed {
  /** What was passed on, and what each call of `push` gave. */
  text: string
  parts: string[]
  pieces: number
  usages: number[]
  end: PassedEnd
}

function pass(bytes: Buffer, cuts: readonly number[], options: Partial<PassedStreamOptions> = {}): Passed {
  const parts: Buffer[] = []
  const usages: number[] = []
  let pieces = 0
  const stream = new PassedStream(
    { piece: () => pieces++, usage: ({ completionTokens }) => usages.push(completionTokens) },
    { dropUsage: false, answers: 1, ...options },
  )
  let at = 0
  for (const cut of [...cuts, bytes.length].toSorted((a, b) => a - b)) {
    const part = stream.push(bytes.subarray(at, Math.min(cut, bytes.length)))
    if (part !== undefined) parts.push(part)
    at = Math.min(cut, bytes.length)
  }
  const { rest, end } = stream.end()
  if (rest !== undefined) parts.push(rest)
  return {
    text: Buffer.concat(parts).toString(),
    parts: parts.map((part) => part.toString()),
    pieces,
    usages,
    end,
  }
}

const toolCall = (part: object): object => ({
  choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...part }] }, finish_reason: null }],
})
const text = (word: string, finish: string | null = null, index = 0): object => ({
  choices: [{ index, text: word, finish_reason: finish }],
})
const bytesOf = (end: string, ...data: unknown[]): Buffer =>
  Buffer.from(data.map((each) => event(each, end)).join(''))

test.each(['\n', '\r\n'])(
  'wherever the network cuts a stream, its bytes pass as they are: line end %j',
  (end) => {
    const all = bytesOf(
      end,
      role,
      delta('Ä "usage" \n'),
      delta('日本語'),
      delta('', 'stop'),
      usage(3),
      '[DONE]',
    )
    const cuts = fc.array(fc.integer({ min: 0, max: all.length }), { maxLength: 12 })
    fc.assert(
      fc.property(cuts, (at) => {
        const { text, parts, pieces, usages, end: how } = pass(all, at)
        expect(text).toBe(all.toString())
        for (const part of parts) expect(part.endsWith(end + end)).toBe(true)
        expect({ pieces, usages, how }).toEqual({ pieces: 2, usages: [3], how: { kind: 'finished' } })
      }),
    )
  },
)

test.each(['\n', '\r\n'])('only the event of the usage is left out: line end %j', (end) => {
  const before = bytesOf(end, role, delta('a'), delta('b', 'stop'))
  const all = Buffer.concat([before, bytesOf(end, usage(2), '[DONE]')])
  const cuts = fc.array(fc.integer({ min: 0, max: all.length }), { maxLength: 12 })
  fc.assert(
    fc.property(cuts, (at) => {
      const { text, usages } = pass(all, at, { dropUsage: true })
      expect(text).toBe(before.toString() + event('[DONE]', end))
      expect(usages).toEqual([2])
    }),
  )
})

test('a usage beside an answer stays, since the server sent it without being asked', () => {
  const chunk = { ...delta('a', 'stop'), usage: { prompt_tokens: 1, completion_tokens: 1 } }
  const all = bytesOf('\n', chunk, '[DONE]')
  expect(pass(all, [], { dropUsage: true })).toMatchObject({ text: all.toString(), usages: [1], pieces: 1 })
})

test.each<[string, unknown[], number, PassedEnd['kind']]>([
  [
    'tool calls',
    [role, toolCall({ function: { name: 'f' } }), toolCall({ function: { arguments: '{}' } })],
    2,
    'broke-off',
  ],
  ['reasoning', [{ choices: [{ delta: { reasoning: 'hm' } }] }, delta('', 'stop')], 1, 'finished'],
  ['completions', [text('a'), text('b', 'length')], 2, 'finished'],
  ['a server that gives up', [delta('a'), delta('', 'abort'), '[DONE]'], 1, 'given-up'],
  ['no finish', [delta('a')], 1, 'broke-off'],
  ['[DONE] without a finish', [delta('a'), '[DONE]'], 1, 'finished'],
  ['what is no JSON', ['rubbish', delta('a', 'stop')], 1, 'finished'],
  ['nothing', [], 0, 'broke-off'],
])('%s', (_name, data, pieces, kind) => {
  const all = bytesOf('\n', ...data)
  expect(pass(all, [])).toMatchObject({ text: all.toString(), pieces, end: { kind } })
})

test('several answers side by side are whole when each has its finish', () => {
  const all = [text('a'), text('b', null, 1), text('', 'stop', 1)]
  expect(pass(bytesOf('\n', ...all), [], { answers: 2 }).end).toEqual({ kind: 'broke-off' })
  expect(pass(bytesOf('\n', ...all, text('', 'stop')), [], { answers: 2 }).end).toEqual({ kind: 'finished' })
})

test.each([
  event({ error: { message: 'Größe', code: 503 } }),
  `event: error\n${event({ message: 'Größe', status: 503 })}`,
])('an error event passes, and is known: %j', (error) => {
  const all = Buffer.from(event(delta('a')) + error + event('[DONE]'))
  const { text, end } = pass(all, [])
  expect(text).toBe(all.toString())
  expect(end).toMatchObject({ kind: 'error', error: { status: 503, message: 'Größe' } })
})

test('half an event at the end is not passed on, a whole one without its blank line is', () => {
  const whole = event(delta('a'))
  expect(pass(Buffer.from(`${whole}data: {"choi`), []).text).toBe(whole)
  expect(pass(Buffer.from(`${whole}data: [DONE]\n`), [])).toMatchObject({
    text: `${whole}data: [DONE]\n\n`,
    end: { kind: 'finished' },
  })
})

test('an event without end is too large', () => {
  const stream = new PassedStream({ piece: () => {}, usage: () => {} }, { dropUsage: false, answers: 1 })
  const megabyte = Buffer.alloc(1024 * 1024, 'x')
  for (let pushed = 0; pushed < 9; pushed++) expect(stream.push(megabyte)).toBeUndefined()
  expect(stream.failure).toEqual({ kind: 'too-large' })
  expect(stream.end()).toEqual({ rest: undefined, end: { kind: 'too-large' } })
})

test('comments are passed on, but begin nothing; nothing passes after [DONE]', () => {
  const stream = new PassedStream({ piece: () => {}, usage: () => {} }, { dropUsage: false, answers: 1 })
  expect(stream.push(Buffer.from(': wait\n\n'))?.toString()).toBe(': wait\n\n')
  expect(stream.begun).toBe(false)
  expect(stream.push(Buffer.from('data: [DONE]\n\ndata: {}\n\n'))?.toString()).toBe('data: [DONE]\n\n')
  expect([stream.begun, stream.done]).toEqual([true, true])
  expect(stream.push(Buffer.from('data: {}\n\n'))).toBeUndefined()
})
