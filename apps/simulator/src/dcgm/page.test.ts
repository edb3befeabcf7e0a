import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseExposition, type Exposition } from '@slicechat/metrics/reading'
import { expect, test } from 'vitest'
import { gpuStep, quarterSlice, uncutCard } from '../testing/gpu.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { DcgmExporter, type DcgmOptions } from './exporter.ts'

const FOLDER = join(import.meta.dirname, '../../fixtures/dcgm-exporter')
const recorded = (name: string) => parseExposition(readFileSync(join(FOLDER, name), 'utf8'))

function exporterOf(given: Partial<DcgmOptions> = {}) {
  const clock = new ManualClock()
  const exporter = new DcgmExporter({
    slice: quarterSlice,
    usedBytes: 9000 * 2 ** 20,
    intervalMs: 1000,
    hostname: 'gpu1',
    hostnameLabel: 'Hostname',
    seed: 0,
    clock,
    ...given,
  })
  return { exporter, clock, page: () => parseExposition(exporter.metricsText()) }
}

/** The names of the series of instances, or of whole cards, on a page. */
const namesOf = ({ families }: Exposition, instance: boolean) =>
  families.flatMap(({ samples }) =>
    samples.filter(({ labels }) => 'GPU_I_ID' in labels === instance).map(({ name }) => name),
  )

test('a whole card has the fields, help, types, labels and their order of the recorded L40S', () => {
  const outline = ({ families }: Exposition) =>
    families.map(({ name, type, help, samples }) => ({
      name,
      type,
      help,
      labels: samples.map(({ labels }) =>
        Object.keys(labels).filter((label) => !['container', 'namespace', 'pod'].includes(label)),
      ),
    }))
  const mine = outline(exporterOf({ slice: uncutCard }).page())
  const theirs = outline(recorded('l40s.prom'))
  const names = theirs.map(({ name }) => name)
  expect(mine.filter(({ name }) => names.includes(name))).toEqual(theirs)
  expect(mine.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([
    // Fields that only the A100 shows.
    'DCGM_FI_DEV_XID_ERRORS',
    'DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL',
    'DCGM_FI_DEV_VGPU_LICENSE_STATUS',
    'simulator_info',
  ])
})

test('a slice has the fields of the recorded A100 with MIG, and the newer ones for its memory', () => {
  const mine = exporterOf().page()
  const theirs = recorded('a100-mig.prom')
  const order = ['DCGM_FI_DEV_FB_FREE', 'DCGM_FI_DEV_FB_USED', 'DCGM_FI_DEV_FB_RESERVED']
  const added = (name: string) => order.includes(name) || name === 'simulator_info'
  expect(new Set(namesOf(mine, false).filter((name) => !added(name)))).toEqual(
    new Set(namesOf(theirs, false).filter((name) => !added(name))),
  )
  expect(namesOf(mine, true).filter((name) => !added(name))).toEqual(namesOf(theirs, true))
  expect(namesOf(mine, true).filter(added)).toEqual(order)
})

test('numbers are written as the exporter writes them', () => {
  const form = (value: string) => value.replace(/^\d+/, '0').replace(/\d/g, '0')
  const forms = (page: string) =>
    Object.fromEntries(
      [...page.matchAll(/^(DCGM_\w+)\{.* (\S+)$/gm)].map(([, name = '', value = '']) => [name, form(value)]),
    )
  const mine = forms(exporterOf({ slice: uncutCard }).exporter.metricsText())
  for (const name of ['l40s.prom', 'a100-mig.prom'])
    for (const [field, text] of Object.entries(forms(readFileSync(join(FOLDER, name), 'utf8'))))
      expect({ field, text: mine[field] }).toEqual({ field, text })
})

test('an instance is known by the UUID of its card and its id, and carries the pod', () => {
  const [card, slice] = exporterOf().page().samples('DCGM_FI_PROF_GR_ENGINE_ACTIVE')
  expect(Object.entries(slice?.labels ?? {})).toEqual([
    ['gpu', '0'],
    ['UUID', expect.stringMatching(/^GPU-[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)],
    ['pci_bus_id', '00000000:1A:00.0'],
    ['device', 'nvidia0'],
    ['modelName', 'NVIDIA A800-SXM4-40GB'],
    ['GPU_I_PROFILE', '2g.10gb'],
    ['GPU_I_ID', '3'],
    ['Hostname', 'gpu1'],
    ['DCGM_FI_DRIVER_VERSION', '550.90.07'],
    ['container', 'vllm'],
    ['namespace', 'vllm'],
    ['pod', 'vllm-0'],
  ])
  expect(card?.labels).not.toHaveProperty('pod')
  expect(card?.labels.UUID).toBe(slice?.labels.UUID)
})

test('host and seed make the card; the label of the host can be the newer one', () => {
  const uuid = (options: Partial<DcgmOptions>) =>
    exporterOf(options).page().samples('DCGM_FI_DEV_GPU_TEMP')[0]?.labels.UUID
  expect(uuid({})).toBe(uuid({}))
  expect(uuid({ seed: 1 })).not.toBe(uuid({}))
  expect(uuid({ hostname: 'gpu2' })).not.toBe(uuid({}))
  const newer = exporterOf({ hostnameLabel: 'hostname' }).page().samples('DCGM_FI_DEV_GPU_TEMP')[0]
  expect(newer?.labels.hostname).toBe('gpu1')
  expect(newer?.labels).not.toHaveProperty('Hostname')
})

test('values of a slice and of its card', () => {
  const { exporter, clock, page } = exporterOf()
  clock.advance(800)
  exporter.step(gpuStep(0, 700, { gpuMs: 500, readBytes: 400_000, flops: 2_400_000 }))
  clock.advance(200)
  const values = (name: string) =>
    page()
      .samples(name)
      .map(({ value }) => value)
  expect(values('DCGM_FI_PROF_GR_ENGINE_ACTIVE')).toEqual([0.125, 0.5])
  expect(values('DCGM_FI_PROF_DRAM_ACTIVE')).toEqual([0.1, 0.4])
  expect(values('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE')).toEqual([0.075, 0.3])
  expect(values('DCGM_FI_DEV_FB_USED')).toEqual([9000, 9000])
  expect(values('DCGM_FI_DEV_FB_RESERVED')).toEqual([480, 120])
  expect(values('DCGM_FI_DEV_FB_FREE')).toEqual([31_000, 1000])
  expect(values('DCGM_FI_DEV_SM_CLOCK')).toEqual([1410])
  expect(values('DCGM_FI_DEV_GPU_UTIL')).toEqual([])
  expect(values('simulator_info')).toEqual([1])
})

test('a whole card has utilisation, and no label of an instance', () => {
  const { exporter, clock, page } = exporterOf({ slice: uncutCard })
  exporter.step(gpuStep(0, 700, { gpuMs: 500, readBytes: 1_600_000 }))
  clock.advance(1000)
  expect(page().sum('DCGM_FI_DEV_GPU_UTIL')).toBe(50)
  expect(page().sum('DCGM_FI_DEV_MEM_COPY_UTIL')).toBe(40)
  expect(page().samples('DCGM_FI_DEV_FB_USED').length).toBe(1)
  expect(namesOf(page(), true)).toEqual([])
  expect(page().samples('DCGM_FI_DEV_FB_USED')[0]?.labels.pod).toBe('vllm-0')
})
