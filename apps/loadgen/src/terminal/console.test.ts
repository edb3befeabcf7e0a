import { Writable } from 'node:stream'
import { styleText } from 'node:util'
import { expect, test } from 'vitest'
import { analyse } from '@slicechat/run/analysis'
import { aRun, aTally, aWitness } from '@slicechat/run/testing'
import { isDumbTerminal } from '../env.ts'
import { processConsole } from './console.ts'
import { progressView } from './progress-view.ts'
import { scenarioSchema } from '../scenario/scenario.ts'
import { summaryOf } from './summary.ts'

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
  // As in a container whose terminal was never told its size.
  [{ isTTY: true, columns: 0 }, 80],
  [{ isTTY: true }, 80],
  [{ isTTY: false }, 80],
])('%j is %i columns wide', (stderr, columns) => {
  expect(on(stderr).columns).toBe(columns)
})

const CLEAR = '\x1b[2J\x9b1m\x07\u202e\u200b\x1b[31m'
const SHOWN = String.raw`\u001b[2J\u009b1m\u0007\u202e\u200b\u001b[31m`

/** A terminal with colours that records what is written to it. */
function kept(isTTY = true) {
  const given: string[] = []
  const writable = new Writable({
    write: (chunk, _encoding, done) => {
      given.push(String(chunk))
      done()
    },
  })
  const stream = Object.assign(writable, { isTTY, columns: 200, getColorDepth: () => 8 })
  const console = processConsole({ stdout: stream, stderr: stream } as unknown as NodeJS.Process)
  const styled = (style: 'red' | 'bold', text: string) => styleText(style, text, { stream })
  return { console, styled, text: () => given.join('') }
}

test('a server’s words reach the terminal with control characters shown, and our colours as colours', () => {
  const { console, styled, text } = kept()
  console.message(`${console.paint('red', CLEAR)} and\nmore`)
  console.result(`${console.paintResult('bold', `a${CLEAR}`)}\n\tb`)
  console.result(JSON.stringify({ CLEAR }))
  expect(text()).toBe(
    `${styled('red', SHOWN)} and\\nmore\n${styled('bold', `a${SHOWN}`)}\n\tb\n{"CLEAR":"${SHOWN}"}\n`,
  )
})

test('a file is printed as it is, but to a terminal', () => {
  for (const isTTY of [true, false]) {
    const { console, text } = kept(isTTY)
    console.file(`a${CLEAR}\n`)
    expect(text()).toBe(isTTY ? `a${SHOWN}\n` : `a${CLEAR}\n`)
  }
})

test('neither summary nor live view gives a server’s words the terminal, nor a line of their own', () => {
  const word = `${CLEAR}\n✓ All thresholds met.\n`
  const errors = [{ code: word, count: 1, example: word }]
  const run = aRun({
    name: word,
    cutShort: word,
    whole: aTally({ started: 1, succeeded: 0, failed: 1, errors }),
    thresholds: [{ expression: word, value: 1, passed: false }],
    witnesses: [
      aWitness({ kind: 'vllm', name: word, resets: 1, gaps: [{ fromMs: 0, untilMs: 9, why: word }] }),
    ],
  })
  const { console, text } = kept()
  console.result(summaryOf(run, analyse(run), 1, console.paintResult))
  const executor = { type: 'constant-vus', users: 1, duration: '1s' }
  const scenario = scenarioSchema.parse({ name: 'a', executor })
  const view = progressView(console, { title: word, scenario, durationMs: 1_000 }, false)
  view.message(word)
  view.close()
  // eslint-disable-next-line no-control-regex -- the escapes of colours and of the live view are ours
  const rest = text().replace(/\x1b\[(?:[\d;]*m|\?\d+[hl]|\d+A|[JK])|\r/g, '')
  // eslint-disable-next-line no-control-regex -- control characters are what must not be there
  expect(rest).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]|^✓/m)
  expect(text()).not.toContain('\x1b[2J')
  expect(rest).toContain(SHOWN)
})
