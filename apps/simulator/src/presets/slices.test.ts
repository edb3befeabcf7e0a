import { describe, expect, it, test } from 'vitest'
import { kvBytesPerToken } from '../engine/cost.ts'
import { ASSUMED_EFFICIENCY, models } from './models.ts'
import { parsePresetFile, serialisePresetFile } from '../configuration/preset-file.ts'
import { slices } from './slices.ts'
import { speedOf } from './speed.ts'

const slice = (name: string) => {
  const found = slices.find((preset) => preset.name === name)
  if (found === undefined) throw new Error(`no preset ${name}`)
  return found
}

describe.each(slices)('$name', (preset) => {
  const { profile, bandwidth, flops, memoryBytes, whole } = preset

  it('has what its name says of its card', () => {
    if (profile === undefined)
      return expect({ bandwidth, flops, memoryBytes }).toEqual({
        bandwidth: whole.bandwidth,
        flops: whole.flops,
        memoryBytes: whole.memoryBytes,
      })
    const [, compute, gb] = /^(\d)g\.(\d+)gb$/.exec(profile) ?? []
    const sliceGb = preset.name.includes('-80gb') ? 10 : 5
    expect(flops / whole.flops).toBeCloseTo(Number(compute) / 7, 10)
    expect(bandwidth / whole.bandwidth).toBeCloseTo(Number(gb) / sliceGb / 8, 10)
    // The driver keeps a little of the nominal memory.
    const share = memoryBytes / 2 ** 30 / Number(gb)
    expect(share).toBeGreaterThan(0.94)
    expect(share).toBeLessThan(1)
  })

  it('can be written to a preset file', () => {
    const [model] = models
    if (model === undefined) throw new Error('no models')
    const file = { name: preset.name, slice: preset, model, efficiency: ASSUMED_EFFICIENCY }
    expect(parsePresetFile(serialisePresetFile(file))).toEqual(file)
  })
})

test('names are unique', () => {
  for (const presets of [slices, models])
    expect(new Set(presets.map(({ name }) => name)).size).toBe(presets.length)
})

test('the default slice has 389 GB/s and 89 TFLOP/s', () => {
  expect(Math.round(slice('a800-40gb:2g.10gb').bandwidth / 1e9)).toBe(389)
  expect(Math.round(slice('a800-40gb:2g.10gb').flops / 1e12)).toBe(89)
})

test.each(models)('the parameters of $name follow from its sizes', (model) => {
  const { hiddenSize: h, intermediateSize, layers, vocabulary, heads, kvHeads, headSize } = model
  expect(heads * headSize).toBe(h)
  const kv = kvHeads * headSize
  const attention = h * h + h + 2 * (h * kv + kv) + h * h
  const layer = attention + 3 * h * intermediateSize + 2 * h
  const embeddings = (model.name.includes('-7b-') ? 2 : 1) * vocabulary * h
  expect(model.parameters).toBe(embeddings + layers * layer + h)
})

test('the default preset: 36,864 bytes a token, 22 ms a token alone, over 1,000 tokens/s at 32', () => {
  const model = models.find(({ name }) => name === 'qwen2.5-3b-instruct')
  if (model === undefined) throw new Error('no default model')
  expect(kvBytesPerToken(model)).toBe(36_864)
  expect((model.parameters * model.bytesPerNumber) / 1e9).toBeCloseTo(6.17, 2)
  const speed = speedOf({ slice: slice('a800-40gb:2g.10gb'), model, efficiency: ASSUMED_EFFICIENCY })
  expect(speed.aloneMs).toBeCloseTo(22, 0)
  expect(speed.batchRate).toBeGreaterThan(1000)
  expect(speed.batchRate).toBeLessThan((32 * 1000) / speed.aloneMs)
})
