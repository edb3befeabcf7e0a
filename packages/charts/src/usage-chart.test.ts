import { expect, test } from 'vitest'
import { elementsOf } from './testing/well-formed.ts'
import { type DailyTokens, usageChart } from './usage-chart.ts'

const options = {
  title: 'Tokens a day',
  from: '2026-11-01',
  to: '2026-11-05',
  width: 600,
  others: 'others',
}

/** Heights of the bars of a series, in pixels. */
const heights = (svg: string, label: string): number[] => {
  const d = new RegExp(`data-label="${label}"[^>]*>[^]*?<path class="bar" d="([^"]+)"`).exec(svg)?.[1] ?? ''
  return [...d.matchAll(/M[\d.]+,([\d.]+)V([\d.]+)/g)].map(([, bottom, top]) => Number(bottom) - Number(top))
}

test('models stand on each other, and each day’s own figure is told', () => {
  const rows: DailyTokens[] = [
    { day: '2026-11-01', model: 'large', tokens: 300 },
    { day: '2026-11-01', model: 'small', tokens: 100 },
    { day: '2026-11-03', model: 'large', tokens: 200 },
  ]
  const svg = usageChart(rows, options)
  expect(elementsOf(svg)[0]).toBe('svg')
  // The stack of both, then the small one over its lower part.
  const [stack = 0, third = 0] = heights(svg, 'large')
  const [small = 0] = heights(svg, 'small')
  expect(stack / small).toBeCloseTo(4, 1)
  expect(third / small).toBeCloseTo(2, 1)
  expect(svg).toContain('data-texts="300|0|200|0|0"')
  expect(svg).toContain('large: 500. small: 100.')
})

test('more models than colours share the last one', () => {
  const rows = Array.from({ length: 12 }, (_, n) => ({ day: '2026-11-02', model: `m${n}`, tokens: 100 - n }))
  const svg = usageChart(rows, options)
  expect([...svg.matchAll(/data-label="([^"]+)"/g)].map(([, label]) => label)).toEqual([
    ...Array.from({ length: 7 }, (_, n) => `m${n}`),
    'others',
  ])
  expect(svg).toContain(`others: ${Array.from({ length: 5 }, (_, n) => 93 - n).reduce((a, b) => a + b)}.`)
})

test('nothing used, a single day, and hostile names are drawn too', () => {
  for (const rows of [[], [{ day: '2026-11-01', model: `<b a="1">&'\u0000`, tokens: 1 }]])
    expect(elementsOf(usageChart(rows, { ...options, to: options.from }))[0]).toBe('svg')
})
