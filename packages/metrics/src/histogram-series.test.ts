import { describe, expect, test } from 'vitest'
import { HistogramError, histogramOf, histogramsOf } from './histogram-series.ts'
import { parseExposition } from './parser.ts'
import { fixture } from './testing/fixtures.ts'

const read = (...lines: string[]) => histogramsOf(parseExposition(lines.join('\n')), 'h')

describe('histograms of a page', () => {
  test('one for each set of labels but le, whatever the order of labels and buckets', () => {
    const series = read(
      '# TYPE h histogram',
      'h_bucket{le="+Inf",a="1",b="2"} 5',
      'h_bucket{b="2",le="0.5",a="1"} 2',
      'h_bucket{a="1",b="2",le="2"} 3',
      'h_sum{b="2",a="1"} 7.5',
      'h_count{a="1",b="2"} 5',
      'h_bucket{a="2",b="2",le="+Inf"} 0',
      'h_sum{a="2",b="2"} 0',
    )
    expect(series).toEqual([
      { labels: { a: '1', b: '2' }, value: { edges: [0.5, 2], counts: [2, 1, 2], sum: 7.5, count: 5 } },
      { labels: { a: '2', b: '2' }, value: { edges: [], counts: [0], sum: 0, count: 0 } },
    ])
  })

  test('le="2" and le="2.0" are one edge', () => {
    const [plain] = read('h_bucket{le="2"} 1', 'h_bucket{le="+Inf"} 1')
    const [float] = read('h_bucket{le="2.0"} 1', 'h_bucket{le="+Inf"} 1')
    expect(plain?.value.edges).toEqual(float?.value.edges)
    const [both] = read('h_bucket{le="2"} 1', 'h_bucket{le="2.0"} 1', 'h_bucket{le="+Inf"} 1')
    expect(both?.value).toMatchObject({ edges: [2], counts: [1, 0] })
    expect(() => read('h_bucket{le="2"} 1', 'h_bucket{le="2.0"} 2')).toThrow(
      'h{}: le="2.0" stands twice, as 1 and as 2',
    )
  })

  test('TYPE lines are not needed', () => {
    expect(read('h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 2', 'h_sum 3', 'h_count 2')[0]?.value).toEqual({
      edges: [1],
      counts: [1, 1],
      sum: 3,
      count: 2,
    })
  })

  test('without +Inf the count stands in, without sum it is not known', () => {
    expect(read('h_bucket{le="1"} 1', 'h_count 4')[0]?.value).toEqual({
      edges: [1],
      counts: [1, 3],
      sum: NaN,
      count: 4,
    })
    expect(() => read('h_bucket{le="1"} 1')).toThrow('neither a +Inf bucket nor a _count')
  })

  test.each([
    [
      ['h_bucket{m="x",le="1"} 3', 'h_bucket{m="x",le="2"} 2', 'h_bucket{m="x",le="+Inf"} 3'],
      'h{"m":"x"}: cumulative counts fall from 3 to 2 at le="2"',
    ],
    [['h_bucket{le="1"} 3', 'h_bucket{le="+Inf"} 2'], 'fall from 3 to 2 at le="Infinity"'],
    [['h_bucket{le="1"} -1', 'h_bucket{le="+Inf"} 2'], 'fall from 0 to -1 at le="1"'],
    [['h_bucket{le="1"} NaN', 'h_bucket{le="+Inf"} 2'], 'fall from 0 to NaN at le="1"'],
    [['h_bucket{le="soon"} 1'], 'le="soon" is no number'],
    [['h_bucket{le=""} 1'], 'le="" is no number'],
    [['h_bucket{le="NaN"} 1'], 'le="NaN" is no number'],
    [['h_bucket{le="-Inf"} 1'], 'le="-Inf" is no number'],
    [['h_bucket 1'], 'a bucket has no le'],
  ])('%j is refused', (lines, problem) => {
    expect(() => read(...lines)).toThrow(HistogramError)
    expect(() => read(...lines)).toThrow(problem)
  })

  test('a family that is not there has none', () => {
    expect(read('g 1')).toEqual([])
    expect(histogramOf(parseExposition('g 1'), 'h')).toBeNull()
  })
})

test('engines of one model are merged', () => {
  const engine = (id: number, below: number) =>
    `h_bucket{engine="${id}",le="1"} ${below}\nh_bucket{engine="${id}",le="+Inf"} 4\nh_sum{engine="${id}"} 8\n`
  const page = parseExposition(engine(0, 1) + engine(1, 3))
  expect(histogramOf(page, 'h')).toEqual({ edges: [1], counts: [4, 4], sum: 16, count: 8 })
  expect(histogramOf(page, 'h', { engine: '1' })).toEqual({ edges: [1], counts: [3, 1], sum: 8, count: 4 })
})

test('every histogram of a recorded vLLM page', () => {
  const page = parseExposition(fixture('vllm-0.32/metrics-under-load.prom'))
  const histograms = page.families.filter((family) => family.type === 'histogram')
  expect(histograms.length).toBeGreaterThanOrEqual(17)
  for (const { name } of histograms) {
    for (const { labels, value } of histogramsOf(page, name)) {
      expect(value.count).toBe(page.sum(`${name}_count`, labels))
      expect(value.counts.reduce((sum, count) => sum + count)).toBe(value.count)
      expect(labels).not.toHaveProperty('le')
    }
  }
  expect(histogramOf(page, 'vllm:time_to_first_token_seconds')).toMatchObject({
    count: 84,
    sum: 85.59258794784546,
  })
})
