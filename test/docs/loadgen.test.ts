import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commands } from '../../apps/loadgen/src/commands/command-line.ts'
import { EXIT } from '../../apps/loadgen/src/problems/exit-code.ts'
import { variables } from '../../apps/loadgen/src/env.ts'

const page = readFileSync('docs/loadgen.md', 'utf8')
/** The first cells of the table whose header begins with this cell. */
function column(header: string): string[] {
  const from = page.indexOf(`| ${header} `)
  expect(from).toBeGreaterThan(0)
  const table = page.slice(from, page.indexOf('\n\n', from)).split('\n').slice(2)
  return table.map((line) => line.split('|')[1]?.trim().replaceAll('`', '') ?? '')
}

test('docs/loadgen.md lists every command, variable and exit code', () => {
  expect(column('command').sort()).toEqual(commands.map(({ name }) => name).sort())
  expect(column('variable').sort()).toEqual([...variables].sort())
  expect(column('code').map(Number)).toEqual(Object.values(EXIT).sort((a, b) => a - b))
})
