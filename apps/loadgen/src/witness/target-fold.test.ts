import { expect, test } from 'vitest'
import { FAMILIES, type Kind } from './families.ts'
import { PageReader } from './page.ts'
import { TargetFold } from './target-fold.ts'

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

function folded(kind: Kind, pages: readonly string[]): TargetFold {
  const fold = new TargetFold(kind)
  pages.forEach((text, index) => fold.add(index * 1000, page(kind, text)))
  return fold
}

test('growth is the difference of the first and the last page', () => {
  const fold = folded('api', [counted(1, 5, [2, 5]), counted(1, 7, [3, 7]), counted(1, 9, [4, 9])])
  expect(fold.growth()).toEqual([
    { name: 'chat_requests_total', labels: { model: 'm', status: 'success' }, value: 4 },
  ])
  expect(fold.histograms()[0]?.value).toMatchObject({ edges: [0.1], counts: [2, 2], count: 4 })
  expect(fold.counters()[0]?.value).toEqual([
    [0, 0],
    [1000, 2],
    [2000, 4],
  ])
})

test('a restart adds what was counted before it and after it, buckets that passed their old value too', () => {
  // The new process has passed the old one's counts by the time it is seen: only its start tells.
  const fold = folded('api', [counted(1, 5, [2, 5]), counted(1, 6, [3, 6]), counted(2, 8, [1, 8])])
  expect(fold.resets).toBe(1)
  expect(fold.growth()[0]?.value).toBe(1 + 8)
  expect(fold.histograms()[0]?.value).toMatchObject({ counts: [1 + 1, 0 + 7], count: 1 + 8 })
  expect(fold.sharedAddress).toBe(false)
})

test('two processes behind one address are noticed', () => {
  const fold = folded('api', [counted(1, 5, [2, 5]), counted(2, 6, [3, 6]), counted(1, 8, [1, 8])])
  expect(fold.sharedAddress).toBe(true)
})

test('names of older builds of vLLM are read as those of today', () => {
  const fold = folded('vllm', [
    'vllm:gpu_cache_usage_perc{model_name="m",engine="0"} 0.5',
    'vllm:gpu_cache_usage_perc{model_name="m",engine="0"} 0.25\nsimulator_info 1',
  ])
  expect(fold.gauges()).toEqual([
    {
      name: 'vllm:kv_cache_usage_perc',
      labels: { model_name: 'm', engine: '0' },
      value: [
        [0, 0.5],
        [1000, 0.25],
      ],
    },
  ])
  expect(fold.simulated).toBe(true)
})

const slice = (id: number, name: 'Hostname' | 'hostname', prefix: '' | 'exported_', active: number): string =>
  `DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="GPU-1",device="nvidia0",GPU_I_PROFILE="2g.10gb",GPU_I_ID="${id}",` +
  `${name}="node",${prefix}pod="vllm-${id}",${prefix}namespace="ai"${prefix === '' ? '' : ',pod="exporter"'}} ${active}\n` +
  // Every slice's line repeats the card's.
  `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",UUID="GPU-1",GPU_I_ID="${id}",${name}="node"} ${active * 1000}\n`

test.each([
  ['Hostname', ''],
  ['hostname', ''],
  ['Hostname', 'exported_'],
  ['hostname', 'exported_'],
] as const)('two slices of one card are kept apart, whatever the spelling: %s, %spod', (name, prefix) => {
  const both = (a: number, b: number): string => slice(3, name, prefix, a) + slice(5, name, prefix, b)
  const fold = folded('dcgm', [both(0.5, 0.75), both(0.625, 0.875)])
  const labels = (id: number) => ({
    ...{ gpu: '0', UUID: 'GPU-1', device: 'nvidia0', GPU_I_PROFILE: '2g.10gb', GPU_I_ID: String(id) },
    ...{ hostname: 'node', namespace: 'ai', pod: `vllm-${id}` },
  })
  const series = (id: number, a: number, b: number) => ({
    name: 'DCGM_FI_PROF_GR_ENGINE_ACTIVE',
    labels: labels(id),
    value: [
      [0, a],
      [1000, b],
    ],
  })
  expect(fold.gauges()).toEqual([series(3, 0.5, 0.625), series(5, 0.75, 0.875)])
  expect(fold.growth()).toEqual([
    {
      name: 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION',
      labels: { gpu: '0', UUID: 'GPU-1', hostname: 'node' },
      value: 125,
    },
  ])
})

test('a histogram that cannot be read is named, and nothing else is lost', () => {
  const broken = counted(1, 5, [9, 5])
  const fold = folded('api', [broken, broken.replace('"success"} 5', '"success"} 6')])
  expect(fold.histograms()).toEqual([])
  expect(fold.problems[0]).toContain('cumulative counts fall')
  expect(fold.growth()[0]?.value).toBe(1)
})
