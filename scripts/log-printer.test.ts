import { expect, test } from 'vitest'
import { formatLine } from './log-printer.ts'

test('a part’s log is printed with the control characters in it shown', () => {
  const entry = {
    level: 50,
    time: 0,
    msg: 'a\x1b[2Jb\nc',
    model: '\x9b1m',
    err: { stack: 'Error: \x07\n    at x' },
  }
  const lines = [
    formatLine(JSON.stringify(entry)),
    formatLine('plain \x1b[2J'),
    formatLine('{ \x1b[2J'),
  ].join('\n')
  // eslint-disable-next-line no-control-regex -- control characters are what must not be there, but for colours
  expect(lines.replace(/\x1b\[\d+m/g, '')).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]/)
  expect(lines).toContain(String.raw`a\u001b[2Jb\nc`)
  expect(lines).toContain(String.raw`Error: \u0007` + '\n    at x')
})
