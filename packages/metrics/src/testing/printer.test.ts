import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Exposition } from '../exposition.ts'
import { parseExposition } from '../parser.ts'
import { printExposition } from './printer.ts'
import { anyExposition, anyPage } from './arbitrary-exposition.ts'
import { fixture } from './fixtures.ts'

test('what is printed reads back as the same families, in both formats', () => {
  fc.assert(
    fc.property(anyExposition, (page) => {
      const text = printExposition(page)
      const again = parseExposition(text, { format: page.format })
      expect(again.families).toStrictEqual(page.families)
      expect(printExposition(again)).toBe(text)
    }),
    { numRuns: 500 },
  )
})

test('any readable page reads the same after printing', () => {
  let read = 0
  fc.assert(
    fc.property(anyPage, (text) => {
      let page: Exposition
      try {
        page = parseExposition(text)
      } catch {
        return
      }
      read++
      expect(parseExposition(printExposition(page)).families).toStrictEqual(page.families)
    }),
    { numRuns: 2000 },
  )
  expect(read).toBeGreaterThan(500)
})

test.each([
  '# HELP a Any \\\\ text\\n"here"\n# TYPE a histogram\na_bucket{le="+Inf",x="\\"\\\\\\n"} 3 17\na_sum NaN\na_count 3\n',
  'a -0\nb 1e+21 5\nc -Inf\n',
  '# HELP empty\n# TYPE empty untyped\n',
  '# TYPE a counter\n# UNIT a bytes\na_total 1 1.5 # {id="x"} 0.5 2\n# HELP b \\"b\\"\nb 2 # {} 3\n# EOF\n',
  '',
])('canonical text stays as it is: %j', (text) => {
  expect(printExposition(parseExposition(text))).toBe(text)
})

test.each(['vllm-0.32/metrics-under-load.prom', 'dcgm-exporter/a100-mig.prom', 'dcgm-exporter/l40s.prom'])(
  'recorded page %s reads the same after printing',
  (path) => {
    const page = parseExposition(fixture(path))
    expect(parseExposition(printExposition(page)).families).toStrictEqual(page.families)
  },
)
