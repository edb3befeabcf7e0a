import { describe, expect, it } from 'vitest'
import { BadConfiguration } from './bad-configuration.ts'
import { parsePresetFile, readPresetFile, serialisePresetFile, type PresetFile } from './preset-file.ts'

const preset: PresetFile = {
  name: 'our-slice',
  slice: {
    name: 'a800-40gb:2g.10gb',
    card: 'NVIDIA A800-SXM4-40GB',
    profile: '2g.10gb',
    memoryBytes: 9.75 * 2 ** 30,
    bandwidth: 389e9,
    flops: 89e12,
    whole: { bandwidth: 1555e9, flops: 312e12, memoryBytes: 40 * 2 ** 30, idleWatts: 50, limitWatts: 400 },
  },
  model: {
    name: 'small',
    parameters: 1e9,
    bytesPerNumber: 2,
    layers: 24,
    heads: 16,
    kvHeads: 2,
    headSize: 64,
    hiddenSize: 1024,
    intermediateSize: 4096,
    vocabulary: 32_000,
    maxModelLen: 4096,
  },
  efficiency: { bandwidth: 0.7, flops: 0.5, stepOverheadMs: 1, sequenceOverheadMs: 0.02 },
  memory: { kvBlocks: 2700 },
  measured: { date: '2026-11-22', errors: { itlMs: [0.1, 0.2] } },
}

function problemsOf(text: string): readonly string[] {
  try {
    parsePresetFile(text)
  } catch (error) {
    if (error instanceof BadConfiguration) return error.problems
    throw error
  }
  return []
}

describe('a preset file', () => {
  it('is read as it was written', () => {
    expect(parsePresetFile(serialisePresetFile(preset))).toEqual(preset)
  })

  it('may be of a whole card, uncalibrated', () => {
    const { memory: _memory, measured: _measured, ...rest } = preset
    const whole = { ...rest, slice: { ...preset.slice, profile: undefined } }
    expect(parsePresetFile(serialisePresetFile(whole))).toEqual(whole)
  })

  it('is refused with every mistake and its path', () => {
    const { layers: _layers, ...model } = preset.model
    const wrong = {
      ...preset,
      slice: { ...preset.slice, bandwidth: -1 },
      model: { ...model, heads: 'many' },
      efficiency: { ...preset.efficiency, flops: 1.5 },
      colour: 'green',
    }
    const problems = problemsOf(JSON.stringify(wrong)).join('\n')
    for (const path of [
      'slice.bandwidth: ',
      'model.layers: ',
      'model.heads: ',
      'efficiency.flops: ',
      'colour',
    ])
      expect(problems).toContain(path)
  })

  it('is refused where a slice has more than its card, or heads cannot share', () => {
    const greedy = { ...preset, slice: { ...preset.slice, flops: 400e12 } }
    expect(problemsOf(JSON.stringify(greedy))).toEqual([expect.stringContaining('slice.flops: ')])
    const uneven = { ...preset, model: { ...preset.model, kvHeads: 3 } }
    expect(problemsOf(JSON.stringify(uneven))).toEqual([expect.stringContaining('model.kvHeads: ')])
  })

  it('that is not JSON, or not there, is named', () => {
    expect(problemsOf('{')).toEqual([expect.stringContaining('not JSON')])
    expect(() => readPresetFile('/no/such/file.json')).toThrow(/\/no\/such\/file\.json: .*ENOENT/)
  })

  it('that could not be read again is not written', () => {
    expect(() => serialisePresetFile({ ...preset, name: '' })).toThrow(BadConfiguration)
  })
})
