import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BadConfiguration } from './bad-configuration.ts'
import { configure } from './configure.ts'
import { cacheConfig } from '../metrics/cache-config.ts'
import { defaultOptions, type SimulatorOptions } from './options.ts'
import { serialisePresetFile } from './preset-file.ts'
import { presetTable } from './preset-table.ts'

const of = (options: Partial<SimulatorOptions> = {}) => configure({ ...defaultOptions, ...options })

function problems(options: Partial<SimulatorOptions>): readonly string[] {
  try {
    of(options)
  } catch (error) {
    if (error instanceof BadConfiguration) return error.problems
    throw error
  }
  return []
}

test('the default preset has the KV cache of the closed form', () => {
  const gib = 2 ** 30
  const weights = 2 * 3_085_938_688
  const activations = 2048 * 2 * 2048 * 2 + 256 * 151_936 * 14
  const kv = 0.92 * 9.75 * gib - weights - activations - 0.6 * gib
  expect((of().kvBlocks * 16) / (kv / 36_864)).toBeCloseTo(1, 3)
  expect(of()).toMatchObject({
    servedModelName: 'sim/qwen2.5-3b-instruct',
    maxModelLen: 32_768,
    maxNumSeqs: 256,
    maxNumBatchedTokens: 2048,
  })
})

test.each([
  ['a100-80gb', 256, 2048],
  ['h100-80gb', 1024, 8192],
  ['h100-80gb:7g.80gb', 1024, 8192],
  ['h100-80gb:4g.40gb', 256, 2048],
  ['l40s', 256, 2048],
])('the batch of %s is as large as vLLM has it', (slice, maxNumSeqs, maxNumBatchedTokens) => {
  expect(of({ slice })).toMatchObject({ maxNumSeqs, maxNumBatchedTokens })
})

test('server and exporter cannot have one port', () => {
  expect(problems({ port: 8000, dcgmPort: 8000 })).toEqual(['--port, --dcgm-port: both are 8000'])
  expect(problems({ port: 0, dcgmPort: 0 })).toEqual([])
})

test('a batch limit that is set limits the other', () => {
  expect(of({ maxNumBatchedTokens: 100 })).toMatchObject({ maxNumSeqs: 100, maxNumBatchedTokens: 100 })
  expect(of({ maxNumSeqs: 2, maxModelLen: 512 })).toMatchObject({ maxNumSeqs: 2, maxNumBatchedTokens: 1024 })
})

test('fixed timing has no limit on sequences unless it is set', () => {
  expect(of({ ttftMs: 1, itlMs: 1 }).maxNumSeqs).toBe(Infinity)
  expect(of({ ttftMs: 1, itlMs: 1, maxNumSeqs: 7 }).maxNumSeqs).toBe(7)
})

test('with fixed timing a request may be longer than the model and the cache', () => {
  expect(problems({ maxModelLen: 4_000_000 })).toHaveLength(1)
  expect(of({ maxModelLen: 4_000_000, ttftMs: 1, itlMs: 1 }).kvBlocks).toBe(of().kvBlocks)
})

test('a smaller batch or a larger share leaves more for the cache', () => {
  expect(of({ maxNumSeqs: 16 }).kvBlocks).toBeGreaterThan(of().kvBlocks)
  expect(of({ gpuMemoryUtilization: 0.95 }).kvBlocks).toBeGreaterThan(of().kvBlocks)
})

test("a model may be named as Hugging Face names it, and is served by the simulator's name", () => {
  expect(of({ model: 'Qwen/Qwen2.5-0.5B-Instruct' }).servedModelName).toBe('sim/qwen2.5-0.5b-instruct')
})

describe('what does not fit', () => {
  test('is told with the sum, line by line, and every advice holds', () => {
    const [problem = '', ...more] = problems({ gpuMemoryUtilization: 0.8 })
    expect(more).toEqual([])
    expect(problem).toMatch(/32,768 tokens .* 1\.13 GiB .* 27,040 tokens/)
    expect(
      problem
        .split('\n')
        .slice(1, 6)
        .map((line) => line.slice(0, 14)),
    ).toEqual(['    7.80 GiB  ', '-   5.75 GiB  ', '-   0.52 GiB  ', '-   0.60 GiB  ', '=   0.93 GiB  '])
    const advice = [...problem.matchAll(/--([a-z-]+) ([a-z0-9.:-]+)(?=,|$)/g)].map(([, flag, value]) => [
      flag,
      value,
    ])
    expect(advice.map(([flag]) => flag)).toEqual([
      'max-model-len',
      'gpu-memory-utilization',
      'max-num-seqs',
      'slice',
      'model',
    ])
    const least = { gpuMemoryUtilization: 0.8 }
    for (const [flag = '', value = ''] of advice) {
      const option = flag.replace(/-./g, ([, letter = '']) => letter.toUpperCase())
      const set = /^[\d.]+$/.test(value) ? Number(value) : value
      expect({ flag, problems: problems({ ...least, [option]: set }) }).toEqual({ flag, problems: [] })
    }
  })

  test('is told with fixed timing, too', () => {
    expect(problems({ model: 'qwen2.5-7b-instruct', ttftMs: 1, itlMs: 1 })[0]).toMatch(
      /does not fit on a800-40gb:2g.10gb.*\n.*\n.*14\.19 GiB.*weights/,
    )
  })

  test('is told only where the rest is right', () => {
    const found = problems({
      slice: 'b100',
      model: 'gpt-9',
      maxModelLen: 1e6,
      maxNumSeqs: 9,
      maxNumBatchedTokens: 8,
    })
    expect(found.map((problem) => problem.split(/[ :]/)[0])).toEqual([
      '--slice',
      '--model',
      '--max-model-len',
      '--max-num-batched-tokens',
    ])
  })
})

describe('a preset file', () => {
  let folder: string
  let presetFile: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'slicechat-preset-'))
    presetFile = join(folder, 'ours.json')
    const efficiency = { bandwidth: 0.5, flops: 0.4, stepOverheadMs: 2, sequenceOverheadMs: 0.1 }
    const { slice, model } = of().preset
    const ours = {
      name: 'ours',
      slice: { ...slice, name: 'ours' },
      model: { ...model, name: 'ours' },
      efficiency,
    }
    writeFileSync(presetFile, serialisePresetFile({ ...ours, memory: { kvBlocks: 2100 } }))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('gives slice, model, efficiency and the measured cache', () => {
    const { preset, kvBlocks, servedModelName } = of({ presetFile })
    expect([preset.slice.name, preset.model.name, preset.efficiency.bandwidth]).toEqual(['ours', 'ours', 0.5])
    expect([kvBlocks, servedModelName]).toEqual([2100, 'sim/ours'])
  })

  test('gives its efficiency to another slice, whose cache is computed', () => {
    const { preset, kvBlocks } = of({ presetFile, slice: 'a800-40gb:3g.20gb' })
    expect([preset.slice.name, preset.model.name, preset.efficiency.bandwidth]).toEqual([
      'a800-40gb:3g.20gb',
      'ours',
      0.5,
    ])
    expect(kvBlocks).toBe(of({ slice: 'a800-40gb:3g.20gb' }).kvBlocks)
  })

  test('whose cache does not hold the longest request is refused, and so is one that is not there', () => {
    writeFileSync(
      join(folder, 'small.json'),
      serialisePresetFile({ ...of().preset, name: 'x', memory: { kvBlocks: 100 } }),
    )
    expect(problems({ presetFile: join(folder, 'small.json') })[0]).toMatch(
      /1,584 that the measured KV cache/,
    )
    expect(problems({ presetFile: '/no/such.json', slice: 'x' }).length).toBe(2)
  })

  test('whose cache is larger than any is refused', () => {
    const large = join(folder, 'large.json')
    writeFileSync(large, serialisePresetFile({ ...of().preset, name: 'x', memory: { kvBlocks: 1e12 } }))
    expect(problems({ presetFile: large })).toEqual([expect.stringContaining('1000000000000 blocks')])
    const { slice } = of().preset
    const roomy = { ...slice, memoryBytes: 1e15, whole: { ...slice.whole, memoryBytes: 1e15 } }
    writeFileSync(large, serialisePresetFile({ ...of().preset, name: 'x', slice: roomy }))
    expect(problems({ presetFile: large })).toEqual([expect.stringContaining('blocks')])
  })
})

test('the cache labels say what was configured, as vLLM counts it', () => {
  const labels = cacheConfig({
    kvBlocks: 728,
    maxModelLen: 512,
    gpuMemoryUtilization: 1,
    enablePrefixCaching: false,
  })
  expect(labels).toMatchObject({
    num_gpu_blocks: '728',
    kv_cache_max_concurrency: '22.75',
    kv_cache_size_tokens: '11648',
    gpu_memory_utilization: '1.0',
    enable_prefix_caching: 'False',
  })
})

test('the table of presets says what fits and how fast it is', () => {
  const lines = presetTable(defaultOptions).split('\n')
  expect(lines.find((line) => /^a800-40gb:2g\.10gb +qwen2\.5-3b/.test(line))).toMatch(
    / 32768 +61136 +22\.1 +1299 +119$/,
  )
  expect(lines.find((line) => /^a800-40gb:2g\.10gb +qwen2\.5-7b/.test(line))).toMatch(/does not fit$/)
})
