import { expect, test } from 'vitest'
import { isDumbTerminal } from '../env.ts'
import { processConsole } from './console.ts'

const on = (stderr: { isTTY: boolean; columns?: number }, dumb = false) =>
  processConsole({ stdout: stderr, stderr } as unknown as NodeJS.Process, dumb)

test('only a terminal that can be redrawn is drawn on', () => {
  expect(on({ isTTY: true, columns: 40 }).live).toBe(true)
  expect(on({ isTTY: true, columns: 40 }, true).live).toBe(false)
  expect(on({ isTTY: false }).live).toBe(false)
  expect([{ TERM: 'dumb' }, { TERM: 'xterm' }, {}].map(isDumbTerminal)).toEqual([true, false, false])
})

test.each([
  [{ isTTY: true, columns: 40 }, 40],
  [{ isTTY: true, columns: 5 }, 20],
  // As in a container whose terminal nobody has told its size.
  [{ isTTY: true, columns: 0 }, 80],
  [{ isTTY: true }, 80],
  [{ isTTY: false }, 80],
])('%j is %i columns wide', (stderr, columns) => {
  expect(on(stderr).columns).toBe(columns)
})
