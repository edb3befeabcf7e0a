import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

test('docs/security.md names a test for each threat, and each is there', () => {
  const text = readFileSync(join(root, 'docs/security.md'), 'utf8')
  const section = text.slice(text.indexOf('## Threats'), text.indexOf('**What does not hold.**'))
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| threat'))
  const threats = rows.filter((row) => !/^\|[ -]+\|/.test(row))
  expect(threats.length).toBeGreaterThan(15)
  for (const row of threats) {
    const file = /`([\w./-]+\.test\.ts)` *\|$/.exec(row)?.[1]
    expect(file, row).toBeDefined()
    expect(existsSync(join(root, file ?? '')), row).toBe(true)
  }
})
