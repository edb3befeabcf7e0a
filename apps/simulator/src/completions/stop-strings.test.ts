import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventsOf, recordedStream } from '../testing/recording.ts'
import { applyStopStrings } from './stop-strings.ts'

const plain = { include: false, minTokens: 0, ends: true }

test('text is held back and released as in the recorded stream', () => {
  const deltas = eventsOf(recordedStream('stream-stop-sequence.jsonl'))
    .filter((event) => event.startsWith('{'))
    .map((event) => JSON.parse(event) as { choices: { delta: { role?: string; content: string } }[] })
    .flatMap(({ choices }) => choices.filter(({ delta }) => delta.role === undefined))
    .map(({ delta }) => delta.content)
  const tokens = ['The', ' capital', ' of', ' France']
  expect(applyStopStrings(tokens, { ...plain, stop: ['capital of'] })).toEqual({ deltas, stop: 'capital of' })
})

test('without a hit everything is released with the last token', () => {
  const { deltas, stop } = applyStopStrings(['The', ' capital', ' of'], {
    ...plain,
    stop: [' of France but long'],
  })
  expect(deltas).toEqual(['', '', 'The capital of'])
  expect(stop).toBeUndefined()
})

test('a stop string can be kept, and then nothing is held back', () => {
  const result = applyStopStrings(['a', ' b', ' c'], { ...plain, stop: ['b'], include: true })
  expect(result).toEqual({ deltas: ['a', ' b'], stop: 'b' })
})

test('what the first tokens say is not searched when they are a minimum', () => {
  const tokens = ['stop', ' and', ' stop', ' it']
  expect(applyStopStrings(tokens, { ...plain, stop: ['stop'], minTokens: 2 }).deltas.join('')).toBe(
    'stop and ',
  )
})

test('whatever the tokens, the text is what stands before the first stop string', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '👍', '你', ' ') })
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 20 }),
      fc.array(text.filter(Boolean), { minLength: 1, maxLength: 4 }),
      (tokens, stop) => {
        const whole = tokens.join('')
        const hits = stop.map((one) => whole.indexOf(one)).filter((at) => at !== -1)
        const result = applyStopStrings(tokens, { ...plain, stop })
        const seen = result.deltas.join('')
        // The stop string that is complete first wins, even if an incomplete one begins earlier.
        expect(hits.length === 0 ? seen === whole : whole.startsWith(seen) && result.stop !== undefined).toBe(
          true,
        )
        expect(result.deltas.every((delta) => delta.isWellFormed())).toBe(true)
      },
    ),
  )
})
