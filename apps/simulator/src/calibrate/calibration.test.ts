import { describe, expect, it } from 'vitest'
import { ASSUMED_EFFICIENCY } from '../presets/models.ts'
import { calibrationOf } from './calibration.ts'
import { model, slice, stepsOf } from '../testing/synthetic-steps.ts'

const real = { bandwidth: 0.7, flops: 0.5, stepOverheadMs: 2, sequenceOverheadMs: 0.1 }
const steps = stepsOf(real)

describe('a calibration', () => {
  it('has the efficiencies that the server has, and nothing to say', () => {
    const { preset, notes, fit } = calibrationOf(slice, model, steps)
    expect(preset.slice).toBe(slice)
    for (const key of ['bandwidth', 'flops', 'stepOverheadMs', 'sequenceOverheadMs'] as const)
      expect(preset.efficiency[key]).toBeCloseTo(real[key], 4)
    expect(fit.rms).toBeLessThan(1e-6)
    expect(notes).toEqual([])
  })

  it('assumes what no step is bound by, and says so', () => {
    const decoding = steps.filter(({ name }) => name.startsWith('decode'))
    const { preset, notes } = calibrationOf(slice, model, decoding)
    expect(preset.efficiency.flops).toBe(ASSUMED_EFFICIENCY.flops)
    expect(preset.efficiency.bandwidth).toBeCloseTo(real.bandwidth, 4)
    expect(notes).toEqual([expect.stringMatching(/bound by compute.*60\.0% was assumed/)])
  })

  it('disbelieves a peak that the server passes, and raises it instead of cutting the efficiency', () => {
    const { bandwidth, flops } = { bandwidth: slice.bandwidth / 2, flops: slice.flops }
    const wrong = { ...slice, bandwidth, flops, whole: { ...slice.whole, bandwidth } }
    const { preset, notes } = calibrationOf(wrong, model, steps)
    expect(preset.efficiency.bandwidth).toBe(1)
    expect(preset.slice.bandwidth / (slice.bandwidth * real.bandwidth)).toBeCloseTo(1, 4)
    expect(preset.slice.whole.bandwidth).toBe(preset.slice.bandwidth)
    expect(preset.efficiency.flops).toBeCloseTo(real.flops, 4)
    expect(notes).toEqual([expect.stringContaining('too low'), expect.stringContaining('280 GB/s')])
  })

  it('says that batches of one size tell nothing of the cost of a sequence', () => {
    const alone = steps.filter(({ work }) => work.sequences === 1)
    const { preset, notes } = calibrationOf(slice, model, alone)
    expect(preset.efficiency.sequenceOverheadMs).toBe(0)
    expect(notes).toContainEqual(expect.stringContaining('sequence overhead is not determined'))
  })
})
