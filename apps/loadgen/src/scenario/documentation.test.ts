import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { DIALOGUES } from '../dialogues/library.ts'
import { planOf } from './plan-of.ts'
import { checkScenario } from './findings.ts'
import { loadScenario } from './load.ts'
import { allKeys } from './schema-keys.ts'
import { shippedScenarios } from './shipped.ts'

const page = readFileSync(new URL('../../../../docs/scenarios.md', import.meta.url), 'utf8')

/** The rows of the table after a text, its cells trimmed. */
function rowsAfter(text: string): string[][] {
  const start = page.indexOf('\n|', page.indexOf(text))
  const table = page.slice(start + 1, page.indexOf('\n\n', start))
  return table
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}
const names = (rows: readonly string[][]) => rows.map(([name = '']) => name.replaceAll('`', ''))

/** The parameters of distributions have a table of their own. */
const partOfDistribution = (key: string) => /\.(turns|thinkTime|prompt|answer|after)\.\w+$/.test(key)

test('every key of the schema is documented, and no other', () => {
  const keys = allKeys().filter((key) => !partOfDistribution(key))
  expect(names(rowsAfter('<!-- keys -->')).sort()).toEqual(keys.sort())
})

test('every parameter of a distribution is documented', () => {
  const rows = rowsAfter('## Distributions')
  const parameters = new Set(rows.flatMap(([, cell = '']) => cell.match(/\w+/g) ?? []))
  const keys = allKeys().filter((key) => key.startsWith('conversation.turns.'))
  expect([...parameters, 'type'].sort()).toEqual(keys.map((key) => key.split('.')[2]).sort())
})

test('every scenario that ships is listed, with the time that it takes', () => {
  const rows = rowsAfter('## Scenarios that ship')
  expect(names(rows).sort()).toEqual(shippedScenarios())
  for (const [name = '', , takes = ''] of rows) {
    const { scenario, directory } = loadScenario(name.replaceAll('`', ''))
    const seconds = planOf(scenario, 1, { directory }).durationMs / 1000
    const [amount = '', unit = ''] = takes.split(' ')
    const documented = Number(amount) * { s: 1, min: 60, h: 3600 }[unit as 's' | 'min' | 'h']
    // The duration of a trace without times is random.
    expect(Math.abs(documented - seconds), name).toBeLessThanOrEqual(
      scenario.name === 'trace-sharegpt' ? 10 : 0,
    )
  }
})

test('the page counts the dialogues as they are', () => {
  expect(page).toContain(`${DIALOGUES.length} in English and Chinese`)
  expect(page).toContain(`${DIALOGUES.flatMap(({ turns }) => turns).length} messages in all`)
})

test('the example loads', () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  expect(checkScenario(parse(yaml))).toHaveProperty('scenario')
})
