import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The cells of the rows of a table. */
function rowsOf(section: string): string[][] {
  const lines = section.split('\n').filter((line) => line.startsWith('| '))
  const [, , ...rows] = lines
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

test('docs/security.md names a test for each threat, and each is there', () => {
  const text = read('docs/security.md')
  const section = text.slice(text.indexOf('## Threats'), text.indexOf('**What does not hold.**'))
  const threats = rowsOf(section)
  expect(threats.length).toBeGreaterThan(25)
  for (const row of threats) {
    const file = /^`([\w./-]+\.test\.ts)`$/.exec(row.at(-1) ?? '')?.[1]
    expect(file, row.join(' | ')).toBeDefined()
    expect(existsSync(join(root, file ?? '')), row.join(' | ')).toBe(true)
  }
})

test('docs/security.md lists what is installed with API, page and client, in its versions', () => {
  const { catalog } = parse(read('pnpm-workspace.yaml')) as { catalog: Record<string, string> }
  const text = read('docs/security.md')
  const listed = rowsOf(text.slice(text.indexOf('<!-- dependencies -->')))
  const versions = Object.fromEntries(
    listed.map(([name = '', version]) => [name.replaceAll('`', ''), version]),
  )
  for (const [name, version] of Object.entries(versions))
    expect([name, version]).toEqual([name, catalog[name]])
  const parts = [
    'apps/api',
    'apps/web',
    'packages/client',
    'packages/run',
    'packages/charts',
    'packages/metrics',
  ]
  for (const part of parts) {
    const manifest = JSON.parse(read(`${part}/package.json`)) as { dependencies: Record<string, string> }
    for (const [name, version] of Object.entries(manifest.dependencies))
      if (version === 'catalog:') expect(Object.keys(versions), part).toContain(name)
  }
})
