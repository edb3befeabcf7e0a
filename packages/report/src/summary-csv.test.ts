import { expect, test } from 'vitest'
import type { Run } from '@slicechat/run'
import { analyse } from '@slicechat/run/analysis'
import { sampleRun } from '@slicechat/run/testing'
import { summaryCsv } from './summary-csv.ts'

/** Reads CSV by RFC 4180, strict about quotes and line ends. */
function parsed(csv: string): string[][] {
  const rows: string[][] = [[]]
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  while (cell.lastIndex < csv.length) {
    const at = cell.lastIndex
    const match = cell.exec(csv)
    if (!match) throw new Error(`no CSV at ${at}: ${csv.slice(at, at + 40)}`)
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] !== ',') rows.push([])
  }
  return rows.slice(0, -1)
}

const csvOf = (run: Run): string[][] => parsed(summaryCsv(run, analyse(run)))

test('every line has every column, and the numbers are the run’s', () => {
  const run = sampleRun({ seconds: 30 })
  const rows = csvOf(run)
  expect(new Set(rows.map((row) => row.length))).toEqual(new Set([8]))
  expect(rows).toContainEqual(['whole', 'started', 'requests', String(run.whole.started), '', '', '', ''])
  expect(rows).toContainEqual([
    'whole',
    'completionTokens',
    'tokens',
    String(run.whole.completionTokens),
    '',
    '',
    '',
    '',
  ])
  const ledger = rows.find(([section, name]) => section === 'ledger' && name === 'completionTokens')
  expect(ledger?.slice(2, 7)).toEqual([
    'tokens',
    ...Array<string>(3).fill(String(run.whole.completionTokens)),
    '0',
  ])
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '  =1', '＝1', '＠SUM(A1)'])(
  '%j is no formula',
  (example) => {
    const run = sampleRun({ seconds: 30 })
    const errors = [{ code: example, count: 1, example: `${example},"x"\r\ny` }]
    const row = csvOf({ ...run, name: example, whole: { ...run.whole, errors } }).find(
      ([section]) => section === 'errors',
    )
    expect(row?.[1]).toBe(`'${example}`)
    expect(row?.[7]).toBe(`'${example},"x"\r\ny`)
  },
)
