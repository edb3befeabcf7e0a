import { expect, test } from 'vitest'
import { FAMILIES, type Kind, kindOf } from '../families.ts'
import { PageReader } from '../metrics-page.ts'
import { ProcessAccumulator } from './process-accumulator.ts'
import { accumulatedWitness } from './accumulated-witness.ts'

const page = (kind: Kind, text: string) => new PageReader(FAMILIES[kind]).page(text)

const counted = (start: number, success: number, buckets: readonly [number, number]): string => `
process_start_time_seconds ${start}
chat_requests_total{model="m",status="success"} ${success}
chat_first_token_latency_seconds_bucket{model="m",le="0.1"} ${buckets[0]}
chat_first_token_latency_seconds_bucket{model="m",le="+Inf"} ${buckets[1]}
chat_first_token_latency_seconds_sum{model="m"} ${buckets[1] / 10}
chat_first_token_latency_seconds_count{model="m"} ${buckets[1]}
chat_active_generations 1
`

function accumulated(kind: Kind, pages: readonly string[]): ProcessAccumulator {
  const accumulator = new ProcessAccumulator(kind)
  pages.forEach((text, index) => accumulator.add(index * 1000, page(kind, text)))
  return accumulator
}

test('growth is the difference of the first and the last page', () => {
  const accumulator = accumulated('api', [
    counted(1, 5, [2, 5]),
    counted(1, 7, [3, 7]),
    counted(1, 9, [4, 9]),
  ])
  expect(accumulator.growth()).toEqual([
    { name: 'chat_requests_total', labels: { model: 'm', status: 'success' }, value: 4 },
  ])
  expect(accumulator.histograms()[0]?.value).toMatchObject({ edges: [0.1], counts: [2, 2], count: 4 })
  expect(accumulator.counters()[0]?.value).toEqual([
    [0, 0],
    [1000, 2],
    [2000, 4],
  ])
})

test('a restart adds what was counted before it and after it, buckets that passed their old value too', () => {
  // The new process has passed the old one's counts when it is first seen: only its start time shows the restart.
  const accumulator = accumulated('api', [
    counted(1, 5, [2, 5]),
    counted(1, 6, [3, 6]),
    counted(2, 8, [1, 8]),
  ])
  expect(accumulator.resets).toBe(1)
  expect(accumulator.growth()[0]?.value).toBe(1 + 8)
  expect(accumulator.histograms()[0]?.value).toMatchObject({ counts: [1 + 1, 0 + 7], count: 1 + 8 })
  expect(accumulator.sharedAddress).toBe(false)
})

test('two processes behind one address are noticed', () => {
  const accumulator = accumulated('api', [
    counted(1, 5, [2, 5]),
    counted(2, 6, [3, 6]),
    counted(1, 8, [1, 8]),
  ])
  expect(accumulator.sharedAddress).toBe(true)
})

test('names of older builds of vLLM are read as those of today', () => {
  const accumulator = accumulated('vllm', [
    'vllm:gpu_cache_usage_perc{model_name="m",engine="0"} 0.5',
    'vllm:gpu_cache_usage_perc{model_name="m",engine="0"} 0.25\nsimulator_info 1',
  ])
  expect(accumulator.gauges()).toEqual([
    {
      name: 'vllm:kv_cache_usage_perc',
      labels: { model_name: 'm', engine: '0' },
      value: [
        [0, 0.5],
        [1000, 0.25],
      ],
    },
  ])
  expect(accumulator.simulated).toBe(true)
})

const slice = (id: number, name: 'Hostname' | 'hostname', prefix: '' | 'exported_', active: number): string =>
  `DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="GPU-1",device="nvidia0",GPU_I_PROFILE="2g.10gb",GPU_I_ID="${id}",` +
  `${name}="node",${prefix}pod="vllm-${id}",${prefix}namespace="ai"${prefix === '' ? '' : ',pod="exporter"'}} ${active}\n` +
  // Every slice's line repeats the card's value.
  `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",UUID="GPU-1",GPU_I_ID="${id}",${name}="node"} ${active * 1000}\n`

test.each([
  ['Hostname', ''],
  ['hostname', ''],
  ['Hostname', 'exported_'],
  ['hostname', 'exported_'],
] as const)('two slices of one card are kept apart, whatever the spelling: %s, %spod', (name, prefix) => {
  const both = (a: number, b: number): string => slice(3, name, prefix, a) + slice(5, name, prefix, b)
  const accumulator = accumulated('dcgm', [both(0.5, 0.75), both(0.625, 0.875)])
  const labels = (id: number) => ({
    gpu: '0',
    UUID: 'GPU-1',
    device: 'nvidia0',
    GPU_I_PROFILE: '2g.10gb',
    GPU_I_ID: String(id),
    hostname: 'node',
    namespace: 'ai',
    pod: `vllm-${id}`,
  })
  const series = (id: number, a: number, b: number) => ({
    name: 'DCGM_FI_PROF_GR_ENGINE_ACTIVE',
    labels: labels(id),
    value: [
      [0, a],
      [1000, b],
    ],
  })
  expect(accumulator.gauges()).toEqual([series(3, 0.5, 0.625), series(5, 0.75, 0.875)])
  expect(accumulator.growth()).toEqual([
    {
      name: 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION',
      labels: { gpu: '0', UUID: 'GPU-1', hostname: 'node' },
      value: 125,
    },
  ])
})

/** What is read of a page's GPUs: labels, and values over time. */
const gpus = (...pages: readonly string[]) =>
  accumulated('dcgm', pages)
    .gauges()
    .map(({ name, labels, value }) => ({ name, labels, values: value.map(([, one]) => one) }))

test('a slice is one series while pods come and go on it, and is known by the last', () => {
  const line = (more: string, value: number): string =>
    `DCGM_FI_PROF_DRAM_ACTIVE{gpu="0",UUID="GPU-1",GPU_I_ID="3"${more}} ${value}\n`
  expect(
    gpus(
      line('', 0.25),
      line(',Hostname="a",container="vllm",pod="vllm-0"', 0.5),
      line(',Hostname="a",container="engine",pod="vllm-1"', 0.75),
      line(',hostname="a"', 0.125),
      // Two pods that share a GPU: a line for each, with the same value.
      line(',pod="x"', 0.5) + line(',pod="y"', 0.5),
    ),
  ).toEqual([
    {
      name: 'DCGM_FI_PROF_DRAM_ACTIVE',
      labels: { gpu: '0', UUID: 'GPU-1', GPU_I_ID: '3', hostname: 'a', container: 'engine', pod: 'x' },
      values: [0.25, 0.5, 0.75, 0.125, 0.5],
    },
  ])
})

test("the exporter's own pod is not taken for the workload while there is none", () => {
  const line = (more: string): string => `DCGM_FI_PROF_DRAM_ACTIVE{UUID="GPU-1",pod="exporter"${more}} 0.5\n`
  const labels = (...pages: string[]) => gpus(...pages)[0]?.labels
  expect(labels(line(''), line(',exported_pod="vllm-0"'))).toEqual({ UUID: 'GPU-1', pod: 'vllm-0' })
  expect(labels(line(',exported_pod="vllm-0"'), line(''))).toEqual({ UUID: 'GPU-1', pod: 'vllm-0' })
})

test('blank values are none, however they are written', () => {
  const values = [
    ...['9223372036854775792', '9223372036854775795', '9.223372036854776e+18', '9223372036854775808.000000'],
    ...['2147483632', '2147483635', '2.147483634e+09', '140737488355328.0', '140737488355331.000000'],
    ...['1.40737488355328e+14', 'NaN', '-1'],
  ]
  const lines = (name: string) => values.map((value) => `DCGM_FI_${name}{UUID="GPU-1"} ${value}\n`)
  expect(gpus(...lines('DEV_FB_USED'))).toEqual([])
  expect(gpus(...lines('PROF_GR_ENGINE_ACTIVE'))).toEqual([])
  const energy = (value: string): string => `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{UUID="GPU-1"} ${value}\n`
  const accumulator = accumulated('dcgm', ['1000', '9223372036854775794', '5000'].map(energy))
  expect(accumulator.growth().map(({ value }) => value)).toEqual([4000])
  expect(accumulator.resets).toBe(0)
})

test('a share beyond all is none: GPU_UTIL is known to be in the thousands at times', () => {
  const line = (value: number): string => `DCGM_FI_DEV_GPU_UTIL{UUID="GPU-1"} ${value}\n`
  expect(gpus(line(97), line(808_334_905), line(1980), line(100))[0]?.values).toEqual([97, 100])
})

test('exporters of version 1, with their names and labels', () => {
  const line = (name: string, value: string): string =>
    `dcgm_${name}{container_name="vllm",gpu="0",pod="exporter",pod_name="vllm-0",pod_namespace="ai",uuid="GPU-1"} ${value}\n`
  const device = { gpu: '0', UUID: 'GPU-1' }
  const workload = { namespace: 'ai', pod: 'vllm-0', container: 'vllm' }
  expect(gpus(line('gpu_utilization', '57') + line('power_usage', '31.737'))).toEqual([
    { name: 'DCGM_FI_DEV_GPU_UTIL', labels: { ...device, ...workload }, values: [57] },
    { name: 'DCGM_FI_DEV_POWER_USAGE', labels: device, values: [31.737] },
  ])
  expect(kindOf(line('gpu_utilization', '57'))).toBe('dcgm')
})

test.each([
  ['uuid="GPU-1"', { UUID: 'GPU-1' }],
  ['gpu="1",Hostname="a"', { gpu: '1', hostname: 'a' }],
  ['UUID="MIG-GPU-1/3/0"', { UUID: 'GPU-1', GPU_I_ID: '3' }],
  ['UUID="MIG-0ecd-a"', { UUID: 'MIG-0ecd-a' }],
])('a device named by %s', (written, labels) => {
  expect(gpus(`DCGM_FI_PROF_DRAM_ACTIVE{${written}} 0.5\n`)[0]?.labels).toEqual(labels)
})

test('two cards without UUIDs are two, and exporters that saw one card in turns each tell a part', () => {
  const card = (gpu: number, value: number): string =>
    `DCGM_FI_PROF_DRAM_ACTIVE{gpu="${gpu}",Hostname="a"} ${value}\n`
  expect(gpus(card(0, 0.5) + card(1, 0.25)).map(({ values }) => values)).toEqual([[0.5], [0.25]])
  const exporter = (fromMs: number, ...mJ: number[]) => {
    const accumulator = new ProcessAccumulator('dcgm')
    for (const [index, value] of mJ.entries())
      accumulator.add(
        fromMs + index * 1000,
        page('dcgm', `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{UUID="GPU-1",hostname="${fromMs}"} ${value}\n`),
      )
    return { instance: String(fromMs), accumulator }
  }
  const delta = (...parts: ReturnType<typeof exporter>[]) => accumulatedWitness(parts, 0).growth[0]?.delta
  expect(delta(exporter(0, 10, 30), exporter(5000, 40, 45))).toBe(25)
  expect(delta(exporter(0, 10, 30), exporter(500, 15, 31))).toBe(20)
})

test('a histogram that cannot be read is named, and nothing else is lost', () => {
  const broken = counted(1, 5, [9, 5])
  const accumulator = accumulated('api', [broken, broken.replace('"success"} 5', '"success"} 6')])
  expect(accumulator.histograms()).toEqual([])
  expect(accumulator.problems[0]).toContain('cumulative counts fall')
  expect(accumulator.growth()[0]?.value).toBe(1)
})
