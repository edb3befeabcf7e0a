import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OVERFLOW_SENTENCES } from './context-overflow.ts'
import { errorKind } from './error-kind.ts'
import { FINISH_REASONS, readFinish } from './finish-reasons.ts'
import { readErrorBody } from './server-error.ts'

const error = { message: 'no', type: 'BadRequestError', param: 'temperature', code: 400 }

test.each([
  [{ error }],
  [{ error: { object: 'error', ...error } }],
  [{ object: 'error', ...error }],
  [{ error: { error } }],
  [[{ error }]],
  [error],
])('%j is read to the same', (body) => {
  expect(readErrorBody(JSON.stringify(body))).toEqual({
    status: 400,
    codes: ['BadRequestError'],
    message: 'no',
    fields: ['temperature'],
    isPage: false,
  })
})

test('FastAPI’s findings name their fields and not what was asked', () => {
  const detail = [
    { type: 'extra_forbidden', loc: ['body', 'stream_options', 'x'], msg: 'Extra.', input: 'secret' },
    { type: 'missing', loc: ['body', 'messages', 0, 'role'], msg: 'Field required', input: 'secret' },
  ]
  expect(readErrorBody(JSON.stringify({ detail }), 422)).toEqual({
    status: 422,
    codes: [],
    message: 'stream_options.x: Extra.; messages.0.role: Field required',
    fields: ['stream_options.x', 'messages.0.role'],
    isPage: false,
  })
})

test.each(OVERFLOW_SENTENCES)('$server: $example', ({ example, sentence }) => {
  expect(example).toMatch(sentence)
  for (const status of [400, 413, 422, 500])
    expect(errorKind(readErrorBody(JSON.stringify({ error: { message: example } }), status))).toBe(
      'context-overflow',
    )
  const page = `<html><title>${example}</title>${example}</html>`
  expect(errorKind(readErrorBody(page, 400))).toBe('refused')
})

test('what only speaks of tokens is no overflow', () => {
  for (const message of [
    'max_tokens=99999 cannot be greater than max_model_len=4096. Please request fewer output tokens.',
    'Input validation error: `max_new_tokens` must be <= 192. Given: 200',
    'Request too large: tokens per minute (TPM): Limit 10000, Requested 12000.',
    'temperature must be non-negative',
  ])
    expect(errorKind(readErrorBody(JSON.stringify({ error: { message } }), 400)), message).toBe('refused')
})

test('a finish reason has one row, and its word is one', () => {
  const words = FINISH_REASONS.map(({ word }) => word)
  expect(new Set(words).size).toBe(words.length)
  expect(readFinish('  Stop ')).toEqual({ reason: 'stop', word: 'Stop', note: null })
  expect(readFinish('x\u001b[2J\n😀'.repeat(40))?.word).toMatch(/^[^\p{C}]{1,60}$/u)
  for (const none of [null, undefined, 5, true, [], {}, '']) expect(readFinish(none)).toBeNull()
})

test('whatever a body is, an error is read of it that can be told', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.json(), fc.string({ unit: 'binary' })),
      fc.option(fc.integer({ min: 300, max: 599 })),
      (body, status) => {
        const read = readErrorBody(body, status ?? undefined)
        expect(read.status).toBeGreaterThanOrEqual(300)
        expect(typeof read.message).toBe('string')
        expect(errorKind(read)).not.toBe('')
      },
    ),
  )
})
