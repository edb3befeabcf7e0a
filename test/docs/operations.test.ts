import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const guide = readFileSync('docs/operations.md', 'utf8')
const matches = (pattern: RegExp) => [...new Set([...guide.matchAll(pattern)].map(([, found = '']) => found))]

test('docs/operations.md names files, scripts and sections that exist', () => {
  const files = [
    ...matches(/\b((?:deploy|apps)\/[\w./-]+)/g),
    ...matches(/\]\(([^)#]+\.md)/g).map((link) => join('docs', link)),
  ]
  expect(files.length).toBeGreaterThan(15)
  expect(files.filter((file) => !existsSync(file))).toEqual([])

  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  expect(matches(/npm run ([\w:]+)/g).filter((name) => !(name in scripts))).toEqual([])

  const sections = matches(/^#+ (.+)$/gm).map((title) => title.toLowerCase().replaceAll(' ', '-'))
  expect(matches(/\]\(#([\w-]+)\)/g).filter((anchor) => !sections.includes(anchor))).toEqual([])
})
