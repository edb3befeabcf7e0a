import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commands } from './command-line.ts'

const page = readFileSync(new URL('../../../../docs/loadgen.md', import.meta.url), 'utf8')

test('every flag of every command is in docs/loadgen.md, secret ones marked', () => {
  const start = page.indexOf('\n|', page.indexOf('<!-- flags -->'))
  const rows = page
    .slice(start + 1, page.indexOf('\n\n', start))
    .split('\n')
    .slice(2)
  const documented = rows.flatMap((row) => {
    const [, flags = '', of = '', does = ''] = row.split('|')
    const names = [...flags.matchAll(/`--([a-z-]+)/g)].map(([, name]) => name ?? '')
    return names.map((name) => [name, of.match(/\w+/g)?.sort() ?? [], does.includes('secret')] as const)
  })
  const known = [...new Set(commands.flatMap(({ flags }) => Object.keys(flags)))].map((name) => {
    const those = commands.filter(({ flags }) => Object.hasOwn(flags, name))
    const secret = those.some(({ flags }) => flags[name]?.secret === true)
    return [name, those.map((command) => command.name).sort(), secret] as const
  })
  const sorted = (all: readonly (readonly [string, string[], boolean])[]) =>
    all.toSorted(([one], [other]) => (one < other ? -1 : 1))
  expect(sorted(documented)).toEqual(sorted(known))
})
