import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as all from './index.ts'
import * as reading from './reading.ts'

test('the reading half runs in a browser: nothing it imports comes from outside this folder', () => {
  const seen = new Set<string>()
  const visit = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    const source = readFileSync(new URL(file, import.meta.url), 'utf8')
    for (const [, from = ''] of source.matchAll(/^(?:import|export|\}) .*from '([^']+)'$/gm)) {
      expect(from, `imported by ${file}`).toMatch(/^\.\/[a-z-]+\.ts$/)
      visit(from)
    }
    expect(source, file).not.toMatch(/\bprocess\.|\bBuffer\b|import\(/)
  }
  visit('./reading.ts')
  expect(seen.size).toBeGreaterThan(10)
})

test('the index has what needs the registry, and no more', () => {
  expect(Object.keys(all)).toEqual(['createChatMetrics'])
  expect(Object.keys(reading)).not.toContain('createChatMetrics')
})
