import { expect, test } from 'vitest'
import { DCGM_METRICS, VLLM_METRICS } from './engine-metrics.ts'
import { fixture } from './testing/fixtures.ts'

test.each([
  ['vllm-0.32/metrics-under-load.prom', VLLM_METRICS],
  ['dcgm-exporter/l40s.prom', DCGM_METRICS],
] as const)('%s declares each metric that the table has, with its type', (page, table) => {
  const declared = new Map(
    [...fixture(page).matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name = '', type]) => [name, type]),
  )
  const types = Object.fromEntries(Object.entries(table).map(([name, { type }]) => [name, type]))
  expect(types).toEqual(Object.fromEntries(Object.keys(table).map((name) => [name, declared.get(name)])))
})
