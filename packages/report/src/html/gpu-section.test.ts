import { expect, test } from 'vitest'
import { gpuOf } from '@slicechat/run/analysis'
import { aRun, aWitness } from '@slicechat/run/testing'
import { gpuSection } from './gpu-section.ts'

const drawn = (intervalMs: number, everyMs: number, missing: readonly number[] = []): string => {
  const durationMs = 40 * everyMs
  const points = Array.from({ length: 40 }, (_, index): [number, number] => [index * everyMs, 0.5]).filter(
    (_, index) => !missing.includes(index),
  )
  const over = [
    { name: 'DCGM_FI_PROF_DRAM_ACTIVE', labels: { UUID: 'GPU-1' }, type: 'gauge' as const, points },
  ]
  const witnesses = [aWitness({ kind: 'dcgm', intervalMs, untilMs: durationMs + 1, over })]
  const run = aRun({ durationMs, steady: { fromMs: 0, untilMs: durationMs }, witnesses })
  return gpuSection(run, gpuOf(run)).html
}
/** The largest number of parts into which a line is broken. */
const parts = (text: string): number =>
  Math.max(...[...text.matchAll(/ d="(M[^"]*)"/g)].map(([, path = '']) => path.split('M').length - 1))

test('a long history, of which a fourth of the samples is kept, is a line and no row of gaps', () => {
  expect(parts(drawn(5_000, 5_000))).toBe(1)
  expect(parts(drawn(5_000, 5_000, [20, 21]))).toBe(2)
  expect(parts(drawn(5_000, 20_000))).toBe(1)
})
