import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { counterDelta, counterDeltas, histogramDelta, histogramDeltas, restarted } from './page-difference.ts'
import { bucketSamples, emptyHistogram } from './histogram.ts'
import { mergeHistograms } from './histogram-merge.ts'
import { parseExposition } from './parser.ts'
import { anyEdges, anySamples } from './testing/arbitrary-histogram.ts'
import { fixture } from './testing/fixtures.ts'

describe('a counter', () => {
  test('that fell restarted from 0', () => {
    expect(counterDelta(3, 10)).toEqual({ delta: 7, reset: false })
    expect(counterDelta(10, 10)).toEqual({ delta: 0, reset: false })
    expect(counterDelta(10, 3)).toEqual({ delta: 3, reset: true })
  })

  test('summed over a chain of scrapes gives the total, whatever restarts are seen between', () => {
    const step = fc.record({ add: fc.nat(1000), restart: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let value = 0
        let total = 0
        let summed = 0
        for (const { add, restart } of steps) {
          const before = value
          // The fall alone shows a restart only if less was added since the restart than was counted before it.
          const seen = restart && add < before
          value = seen ? add : before + add
          total += add
          const { delta, reset } = counterDelta(before, value)
          expect(reset).toBe(seen)
          summed += delta
        }
        expect(summed).toBe(total)
      }),
    )
  })
})

describe('a histogram', () => {
  test('summed over a chain of scrapes is the histogram of all samples, restarts included', () => {
    const step = fc.record({ add: anySamples, restart: fc.boolean() })
    fc.assert(
      fc.property(anyEdges, fc.array(step, { maxLength: 10 }), (edges, steps) => {
        let held: number[] = []
        let summed = emptyHistogram(edges)
        for (const { add, restart } of steps) {
          const before = bucketSamples(held, edges)
          const fresh = bucketSamples(add, edges)
          const seen = restart && fresh.counts.some((count, i) => count < (before.counts[i] ?? 0))
          held = seen ? add : [...held, ...add]
          const { delta, reset } = histogramDelta(before, bucketSamples(held, edges))
          expect(reset).toBe(seen)
          expect(delta).toEqual(fresh)
          summed = mergeHistograms(summed, delta)
        }
        expect(summed).toEqual(
          bucketSamples(
            steps.flatMap((each) => each.add),
            edges,
          ),
        )
      }),
    )
  })

  test('with other edges is another server’s', () => {
    const after = bucketSamples([1, 2], [1, 3])
    expect(histogramDelta(bucketSamples([1], [1, 2]), after)).toEqual({ delta: after, reset: true })
    expect(histogramDelta(bucketSamples([1], [1]), after)).toEqual({ delta: after, reset: true })
  })
})

describe('two pages', () => {
  test('series are matched by their labels, in any order; new ones began at 0, gone ones restarted', () => {
    const before = parseExposition('c{a="1",b="x"} 5\nc{a="2",b="x"} 9\nc{a="3",b="y"} 7\nc{a="4",b="x"} 2\n')
    const after = parseExposition('c{b="x",a="1"} 8\nc{a="2",b="x"} 4\nc{a="5",b="x"} 6\n')
    expect(counterDeltas(before, after, 'c', { b: 'x' })).toEqual([
      { labels: { a: '1', b: 'x' }, value: { delta: 3, reset: false } },
      { labels: { a: '2', b: 'x' }, value: { delta: 4, reset: true } },
      { labels: { a: '5', b: 'x' }, value: { delta: 6, reset: false } },
      { labels: { a: '4', b: 'x' }, value: { delta: 0, reset: true } },
    ])
  })

  test('another start time is a restart, even where the counter has passed its old value', () => {
    const page = (start: number, value: number) =>
      parseExposition(
        `process_start_time_seconds ${start}\nc ${value}\nh_bucket{le="+Inf"} ${value}\nh_sum ${value}\n`,
      )
    expect(counterDeltas(page(100, 5), page(100, 8), 'c')[0]?.value).toEqual({ delta: 3, reset: false })
    expect(counterDeltas(page(100, 5), page(200, 8), 'c')[0]?.value).toEqual({ delta: 8, reset: true })
    expect(histogramDeltas(page(100, 5), page(200, 8), 'h')[0]?.value).toMatchObject({
      delta: { count: 8 },
      reset: true,
    })
    const many = parseExposition(
      'process_start_time_seconds{pod="a"} 1\nprocess_start_time_seconds{pod="b"} 2\n',
    )
    expect(restarted(many, page(100, 1))).toBe(false)
  })

  test('a histogram that is gone added nothing', () => {
    const page = parseExposition('h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 5\n')
    expect(histogramDeltas(page, parseExposition(''), 'h')).toEqual([
      { labels: {}, value: { delta: emptyHistogram([1]), reset: true } },
    ])
    expect(histogramDeltas(parseExposition(''), page, 'h')[0]?.value).toMatchObject({
      delta: { count: 2 },
      reset: false,
    })
  })

  test('vLLM around one aborted request: TTFT and tokens are counted, nothing of the whole request is', () => {
    const before = parseExposition(fixture('vllm-0.32/metrics-before-abort.prom'))
    const after = parseExposition(fixture('vllm-0.32/metrics-after-abort.prom'))
    const counted = (name: string) =>
      counterDeltas(before, after, name).reduce((sum, { value }) => sum + value.delta, 0)
    const observed = (name: string) =>
      histogramDeltas(before, after, name).reduce((sum, { value }) => sum + value.delta.count, 0)
    expect(counted('vllm:prompt_tokens_total')).toBe(39)
    expect(counted('vllm:generation_tokens_total')).toBe(47)
    expect(counted('vllm:request_success_total')).toBe(0)
    expect(observed('vllm:time_to_first_token_seconds')).toBe(1)
    expect(observed('vllm:e2e_request_latency_seconds')).toBe(0)
    expect(observed('vllm:request_generation_tokens')).toBe(0)
    expect(observed('vllm:request_queue_time_seconds')).toBe(0)
    expect(restarted(before, after)).toBe(false)
  })
})
