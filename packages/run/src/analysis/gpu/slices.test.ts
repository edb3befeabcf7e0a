import { expect, test } from 'vitest'
import { aRun, aWitness } from '../../testing/parts.ts'
import { slicesOf } from './slices.ts'

const field = (labels: Readonly<Record<string, string>>, points: [number, number][]) => ({
  name: 'DCGM_FI_PROF_GR_ENGINE_ACTIVE',
  labels,
  type: 'gauge' as const,
  points,
})
const slices = (...over: ReturnType<typeof field>[]) =>
  slicesOf(aRun({ witnesses: [aWitness({ kind: 'dcgm', over })] }))

test('a slice that was told of in parts is one: pods that came and went, an exporter that began anew', () => {
  const slice = { UUID: 'GPU-1', GPU_I_ID: '3' }
  const told = slices(
    field({ ...slice, pod: 'vllm-1', instance: 'b' }, [[3000, 0.75]]),
    field({ ...slice, instance: 'a' }, [[1000, 0.25]]),
    field({ ...slice, pod: 'vllm-0', instance: 'a' }, [
      [1000, 0.25],
      [2000, 0.5],
    ]),
  )
  expect(told.map(({ engine }) => engine)).toEqual([
    [
      [1000, 0.25],
      [2000, 0.5],
      [3000, 0.75],
    ],
  ])
})

test('cards without UUIDs are told apart by host and number', () => {
  const gpu = (number: string) => field({ gpu: number, hostname: 'a' }, [[0, 0.5]])
  expect(slices(gpu('0'), gpu('1')).map(({ key }) => key.uuid)).toEqual(['a GPU 0', 'a GPU 1'])
})
