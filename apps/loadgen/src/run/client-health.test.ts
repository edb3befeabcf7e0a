import { setTimeout as sleep } from 'node:timers/promises'
import { LatencyHistogram } from '@slicechat/run'
import { expect, test } from 'vitest'
import { ClientHealthMeter } from './client-health.ts'

const delays = (...ms: number[]): LatencyHistogram => {
  const histogram = new LatencyHistogram()
  for (const one of ms) histogram.record(one)
  return histogram
}
const startsOf = (...ms: number[]): string[] =>
  new ClientHealthMeter().stop(delays(...ms)).why.filter((why) => why.startsWith('Requests'))

test('one late start among few is chance; two, or one in a hundred of many, are not', () => {
  expect(startsOf(1, 2, 3, 200)).toEqual([])
  expect(startsOf(1, 2, 150, 200)).toEqual(['Requests started 150 ms late more than once (limit 25 ms).'])
  expect(startsOf()).toEqual([])
  const many = Array.from({ length: 300 }, (_, index) => (index < 4 ? 90 : 1))
  expect(startsOf(...many)).toEqual(['Requests started 90 ms late at p99 (limit 25 ms).'])
})

test('a standstill is told, though it is but one sample among many', async () => {
  const meter = new ClientHealthMeter()
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await sleep(20)
  }
  await turns()
  expect(meter.stop(delays()).why.filter((why) => why.includes('stood still'))).toEqual([])
  const stopped = new ClientHealthMeter()
  await turns()
  const until = performance.now() + 1_200
  while (performance.now() < until);
  await turns()
  const { saturated, why } = stopped.stop(delays())
  expect(saturated).toBe(true)
  expect(why.join(' ')).toMatch(/The load tester stood still for 1\.\d s at one time\./)
})
