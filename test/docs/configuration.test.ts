import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readConfig, variables as apiVariables } from '../../apps/api/src/env.ts'
import { readEnv, variables as webVariables } from '../../apps/web/server/env.ts'

/** The rows of the README's configuration table for one part: the written default by variable. */
function table(part: string): Map<string, string> {
  const readme = readFileSync('README.md', 'utf8')
  const from = readme.indexOf(`<!-- configuration: ${part} -->`)
  expect(from).toBeGreaterThan(0)
  const begin = readme.indexOf('|', from)
  const text = readme.slice(begin, readme.indexOf('\n\n', begin))
  return new Map(
    [...text.matchAll(/^\| `(\w+)` *\| (.*?) *\|/gm)].map(([, name = '', value = '']) => [name, value]),
  )
}

/** A default value as the table writes it. */
function written(value: unknown): string {
  const text = Array.isArray(value) ? value.join(',') : `${(value as string | number | undefined) ?? ''}`
  return text === '' ? '' : `\`${text}\``
}

interface Part {
  part: string
  variables: string[]
  defaults: Record<string, unknown>
}

const parts: Part[] = [
  { part: 'api', variables: apiVariables, defaults: readConfig({}) },
  { part: 'web', variables: webVariables, defaults: readEnv({}) },
]

test.each(parts)(
  'the README lists every variable of $part with its default',
  ({ part, variables, defaults }) => {
    const rows = table(part)
    expect([...rows.keys()].sort()).toEqual([...variables].sort())
    for (const [name, cell] of rows)
      if (name !== 'MODEL')
        expect({ name, default: cell.trim() }).toEqual({ name, default: written(defaults[name]) })
  },
)
