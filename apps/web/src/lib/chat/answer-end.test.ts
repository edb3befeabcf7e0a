import { expect, test } from 'vitest'
import { endAnnouncement } from './answer-end.ts'

test.each([
  ['stop', undefined, 'The answer is complete.'],
  ['stop', 'A filter ended it.', 'A filter ended it.'],
  ['length', undefined, 'The answer reached its length limit.'],
  ['length', 'Memory was full.', 'The answer reached its length limit. Memory was full.'],
  ['stopped', undefined, 'Stopped.'],
  ['interrupted', undefined, 'Interrupted: the server stopped while this was being written.'],
] as const)('an answer that ended by %s (%s) is said to be: %s', (reason, note, spoken) => {
  expect(endAnnouncement({ outcome: { reason }, note })).toBe(spoken)
})
