import { LatencyHistogram } from '@slicechat/report'
import { expect, test } from 'vitest'
import { SelfMeter } from './self.ts'

const delays = (...ms: number[]): LatencyHistogram => {
  const histogram = new LatencyHistogram()
  for (const one of ms) histogram.record(one)
  return histogram
}
const startsOf = (...ms: number[]): string[] =>
  new SelfMeter().stop(delays(...ms)).why.filter((why) => why.startsWith('Requests'))

test('one late start among few is chance; two, or one in a hundred of many, are not', () => {
  expect(startsOf(1, 2, 3, 200)).toEqual([])
  expect(startsOf(1, 2, 150, 200)).toEqual(['Requests started 150 ms late more than once (limit 25 ms).'])
  expect(startsOf()).toEqual([])
  const many = Array.from({ length: 300 }, (_, index) => (index < 4 ? 90 : 1))
  expect(startsOf(...many)).toEqual(['Requests started 90 ms late at p99 (limit 25 ms).'])
})
