import { readFileSync } from 'node:fs'
import { parseExposition } from '@slicechat/metrics/reading'
import { expect, test } from 'vitest'
import { anInterval, aRun, aTally, aWitness } from '../../testing/parts.ts'
import type { Witness } from '../../schema/witness.ts'
import { gpuOf } from './gpu.ts'
import { lagBehind, valueAt } from './lag.ts'

type Series = Witness['over'][number]
type Labels = Readonly<Record<string, string>>
const field = (name: string, labels: Labels, points: [number, number][]): Series => ({
  name: `DCGM_FI_${name}`,
  labels,
  type: 'gauge',
  points,
})
const card = { gpu: '0', UUID: 'GPU-1', modelName: 'NVIDIA A800', Hostname: 'gpu1' }
const slice = (id: string, workload: Labels = {}) => ({
  ...card,
  GPU_I_ID: id,
  GPU_I_PROFILE: '2g.10gb',
  ...workload,
})
const seconds = (count: number) => Array.from({ length: count }, (_, i) => i)
/** Load that rises and falls, with periods longer than any lag in question. */
const load = (ms: number): number => 500 + 400 * Math.sin(ms / 5_000) + 100 * Math.sin(ms / 1_700)
const rising = seconds(120).map((s) =>
  anInterval({ atMs: s * 1000, tokens: load(s * 1000 + 500), active: 10 }),
)
const followed = (lagMs: number): [number, number][] =>
  seconds(110).map((s) => [s * 1000 + 5_000, load(s * 1000 + 5_000 - lagMs) / 1000])

const aMinuteOf = (over: readonly Series[], growth: Witness['growth'] = []) =>
  gpuOf(
    aRun({
      durationMs: 120_000,
      steady: { fromMs: 0, untilMs: 120_000 },
      whole: aTally({ started: 10, completionTokens: 5_000 }),
      intervals: rising,
      witnesses: [aWitness({ kind: 'dcgm', over: [...over], growth, untilMs: 120_500 })],
    }),
  )

test('two slices of one card are kept apart, though both are gpu 0', () => {
  const gpu = aMinuteOf([
    field('PROF_GR_ENGINE_ACTIVE', slice('3'), [[1000, 0.9]]),
    field('PROF_GR_ENGINE_ACTIVE', slice('5'), [[1000, 0.1]]),
    field('PROF_GR_ENGINE_ACTIVE', card, [[1000, 0.3]]),
    field('DEV_POWER_USAGE', card, [[1000, 250]]),
  ])
  expect(
    gpu?.slices.map(({ key, engineLevel, powerLevel }) => [
      key.instance,
      engineLevel?.mean,
      powerLevel?.mean,
    ]),
  ).toEqual([
    ['3', 0.9, 250],
    ['5', 0.1, 250],
  ])
  expect(gpu?.slices[0]?.notes.join(' ')).toContain('whole card')
  expect(gpu?.slices[0]?.notes.join(' ')).toContain('no frame buffer')
})

test('both spellings of host and workload are read', () => {
  const plain = slice('1', { pod: 'vllm-0', namespace: 'vllm', container: 'vllm' })
  const { Hostname, ...rest } = slice('2', {
    pod: 'dcgm-exporter-x',
    namespace: 'monitoring',
    exported_pod: 'vllm-1',
    exported_namespace: 'vllm',
    exported_container: 'vllm',
  })
  const gpu = aMinuteOf([
    field('PROF_DRAM_ACTIVE', plain, [[0, 0.5]]),
    field('PROF_DRAM_ACTIVE', { ...rest, hostname: Hostname }, [[0, 0.5]]),
  ])
  expect(gpu?.slices.map(({ host, workload }) => [host, workload?.pod])).toEqual([
    ['gpu1', 'vllm-0'],
    ['gpu1', 'vllm-1'],
  ])
})

test.each([0, 300, 1_500])('a lag of %d ms is found', (lagMs) => {
  const gpu = aMinuteOf([field('PROF_GR_ENGINE_ACTIVE', slice('3'), followed(lagMs))])
  const lag = gpu?.slices[0]?.lag
  expect(Math.abs((lag?.ms ?? -1_000) - lagMs)).toBeLessThanOrEqual(100)
  expect(lag?.correlation).toBeGreaterThan(0.99)
})

test('a lag is not made up where nothing changes, or nothing is alike', () => {
  const flat = field(
    'PROF_GR_ENGINE_ACTIVE',
    slice('3'),
    seconds(110).map((s) => [s * 1000, 0.95]),
  )
  const other = field(
    'PROF_GR_ENGINE_ACTIVE',
    slice('4'),
    seconds(110).map((s) => [s * 1000, ((s * 7_919) % 13) / 13]),
  )
  const few = field('PROF_GR_ENGINE_ACTIVE', slice('5'), followed(300).slice(0, 5))
  expect(aMinuteOf([flat, other, few])?.slices.map(({ lag }) => lag)).toEqual([null, null, null])
})

test('GPU_UTIL is used where nothing better is there, and named', () => {
  const busy = followed(700).map(([ms, value]): [number, number] => [ms, value * 100])
  const util = (labels: Labels) => field('DEV_GPU_UTIL', labels, busy)
  const [whole] = aMinuteOf([util(card)])?.slices ?? []
  expect(whole?.utilizationLevel?.max).toBeCloseTo(0.938, 3)
  expect(whole?.lag?.ms).toBe(700)
  expect(whole?.notes.join(' ')).toContain('GPU_UTIL stands in')
  const [better] = aMinuteOf([util(card), field('PROF_DRAM_ACTIVE', card, followed(0))])?.slices ?? []
  expect([better?.utilizationLevel, better?.utilization]).toEqual([null, []])
  // On MIG it is 0, or the whole card's.
  const [cut] = aMinuteOf([util(slice('3')), util(card)])?.slices ?? []
  expect([cut?.utilizationLevel, cut?.lag]).toEqual([null, null])
  const idle = busy.map(([ms]): [number, number] => [ms, 0])
  expect(aMinuteOf([field('DEV_GPU_UTIL', card, idle)])?.slices[0]?.utilizationLevel).toBeNull()
})

test('an engine stuck at 0 is said, and DRAM stands in', () => {
  const gpu = aMinuteOf([
    field(
      'PROF_GR_ENGINE_ACTIVE',
      slice('3'),
      followed(0).map(([ms]) => [ms, 0]),
    ),
    field('PROF_DRAM_ACTIVE', slice('3'), followed(700)),
  ])
  expect(gpu?.slices[0]?.notes[0]).toContain('stuck at 0')
  expect(gpu?.slices[0]?.lag?.ms).toBe(700)
})

test('energy per token is the card’s, once, however many series tell it', () => {
  const energy = (labels: Labels) => ({
    name: 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION',
    labels,
    delta: 30_000_000,
  })
  const gpu = aMinuteOf(
    [field('PROF_DRAM_ACTIVE', slice('3'), [[0, 0.5]])],
    [energy(card), energy(slice('3'))],
  )
  expect(gpu?.slices[0]?.cardJoules).toBe(30_000)
  expect(gpu?.slices[0]?.joulesPerToken).toBe(6)
})

test('the saturation point is the load beyond which output no longer rises', () => {
  const ramp = (most: number) =>
    aRun({
      durationMs: 64_000,
      steady: { fromMs: 0, untilMs: 64_000 },
      intervals: seconds(64).map((s) =>
        anInterval({ atMs: s * 1000, active: s + 1, tokens: 30 * Math.min(s + 1, most) }),
      ),
      witnesses: [
        aWitness({
          kind: 'dcgm',
          over: [
            field(
              'PROF_DRAM_ACTIVE',
              slice('3'),
              seconds(64).map((s) => [s * 1000, Math.min(1, s / most)]),
            ),
          ],
        }),
      ],
    })
  const point = gpuOf(ramp(32))?.slices[0]?.saturation.point
  expect(point?.active).toBeGreaterThan(28)
  expect(point?.active).toBeLessThan(36)
  expect(point?.activity).toBeGreaterThan(0.9)
  expect(gpuOf(ramp(64))?.slices[0]?.saturation.point).toBeNull()
})

// A real run of four users with messages of up to 4,000 tokens: requests under way and tokens, by seconds.
test('a load that wavers, with prefill and decoding in turns, has no saturation point', () => {
  const active = [
    4, 3.75, 1.3, 1.62, 2.84, 3.55, 4, 3.04, 1.23, 2.15, 3.46, 4.0, 4.0, 3.73, 3.0, 1.48, 1.56, 3.21, 3.26,
    3.67, 2.81, 0.93, 0.4, 2, 2.71, 4.0,
  ]
  const tokens = [
    157, 139, 58, 3, 11, 69, 148, 116, 39, 75, 10, 97, 125, 118, 78, 79, 54, 35, 100, 134, 101, 53, 6, 80, 30,
    14,
  ]
  const run = aRun({
    durationMs: 26_000,
    steady: { fromMs: 0, untilMs: 26_000 },
    intervals: seconds(26).map((s) =>
      anInterval({ atMs: s * 1000, active: active[s] ?? 0, tokens: tokens[s] ?? 0 }),
    ),
    witnesses: [aWitness({ kind: 'dcgm', over: [field('PROF_DRAM_ACTIVE', slice('3'), [[0, 0.7]])] })],
  })
  expect(gpuOf(run)?.slices[0]?.saturation.point).toBeNull()
})

test('a recorded page of an A100 with MIG: its slice, and the card’s power', () => {
  const page = parseExposition(
    readFileSync(
      new URL('../../../../metrics/fixtures/dcgm-exporter/a100-mig.prom', import.meta.url),
      'utf8',
    ),
  )
  const names = [
    'PROF_GR_ENGINE_ACTIVE',
    'PROF_PIPE_TENSOR_ACTIVE',
    'PROF_DRAM_ACTIVE',
    'DEV_FB_USED',
    'DEV_POWER_USAGE',
  ]
  const over = names.flatMap((name) =>
    page.samples(`DCGM_FI_${name}`).map(({ labels, value }) => field(name, labels, [[1000, value]])),
  )
  const slices = aMinuteOf(over)?.slices ?? []
  expect(slices.length).toBeGreaterThan(0)
  expect(slices[0]).toMatchObject({
    key: { uuid: 'GPU-34319582-d595-d1c7-d1d2-179bcfa61660', instance: '13' },
    profile: '1g.5gb',
    host: 'ub20-a100-k8s',
    dramLevel: { mean: 0.800339 },
    powerLevel: { mean: 409.692 },
  })
})

test('no exporter, no GPU', () => {
  expect(gpuOf(aRun())).toBeNull()
  expect(lagBehind([], [], 1000)).toBeNull()
  expect(
    valueAt(
      [
        [0, 1],
        [10, 2],
      ],
      5,
    ),
  ).toBe(1.5)
})
