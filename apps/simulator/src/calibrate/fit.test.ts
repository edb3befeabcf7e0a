import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitRoofline } from './fit.ts'
import type { Observation } from './observation.ts'
import { model, slice, STEPS, stepsOf } from '../testing/synthetic-steps.ts'

const share = fc.double({ min: 0.2, max: 1, noNaN: true })
const efficiencies = fc.record({
  bandwidth: share,
  flops: share,
  stepOverheadMs: fc.double({ min: 0.5, max: 10, noNaN: true }),
  sequenceOverheadMs: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
})

const recovered = (observations: readonly Observation[]) => {
  const fit = fitRoofline(slice, model, observations)
  return {
    fit,
    bandwidth: 1000 / fit.msPerByte.value / slice.bandwidth,
    flops: 1000 / fit.msPerFlop.value / slice.flops,
  }
}

describe('the fit of the roofline', () => {
  it('recovers what exact data was made with', () => {
    fc.assert(
      fc.property(efficiencies, fc.option(fc.double({ min: 1, max: 50, noNaN: true })), (true_, request) => {
        const { fit, bandwidth, flops } = recovered(stepsOf(true_, request ?? undefined))
        expect(fit.rms).toBeLessThan(1e-6)
        expect(bandwidth / true_.bandwidth).toBeCloseTo(1, 4)
        expect(flops / true_.flops).toBeCloseTo(1, 4)
        expect(fit.stepOverheadMs.value).toBeCloseTo(true_.stepOverheadMs, 3)
        expect(fit.sequenceOverheadMs.value).toBeCloseTo(true_.sequenceOverheadMs, 3)
        if (request !== null) expect(fit.requestMs?.value).toBeCloseTo(request, 3)
      }),
      { numRuns: 40 },
    )
  })

  it('predicts within the noise of the data, though noise moves the parameters', () => {
    const noises = fc.array(fc.double({ min: -0.02, max: 0.02, noNaN: true }), {
      minLength: STEPS,
      maxLength: STEPS,
    })
    fc.assert(
      fc.property(efficiencies, noises, (true_, noise) => {
        const { fit, flops } = recovered(stepsOf(true_, undefined, (at) => 1 + (noise[at] ?? 0)))
        // The least-squares fit cannot be worse than the true parameters.
        expect(fit.rms).toBeLessThan(0.02)
        expect(flops / true_.flops).toBeGreaterThan(0.8)
        expect(flops / true_.flops).toBeLessThan(1.25)
      }),
      { numRuns: 40 },
    )
  })

  it('says which parameter the data does not determine', () => {
    const true_ = { bandwidth: 0.7, flops: 0.5, stepOverheadMs: 2, sequenceOverheadMs: 0.1 }
    const all = stepsOf(true_)
    const memory = fitRoofline(
      slice,
      model,
      all.filter(({ name }) => name.startsWith('decode')),
    )
    expect(memory.msPerFlop.error).toBe(Infinity)
    expect(memory.msPerByte.error).toBeLessThan(memory.msPerByte.value)
    const alone = fitRoofline(
      slice,
      model,
      all.filter(({ work }) => work.sequences === 1),
    )
    expect(alone.sequenceOverheadMs).toEqual({ value: 0, error: Infinity })
    expect(alone.stepOverheadMs.value).toBeCloseTo(2.1, 3)
  })

  it('keeps to the peaks where it is told to', () => {
    const true_ = { bandwidth: 0.9, flops: 0.5, stepOverheadMs: 2, sequenceOverheadMs: 0.1 }
    const tight = { byte: 1000 / (slice.bandwidth * 0.8), flop: 0 }
    const fit = fitRoofline(slice, model, stepsOf(true_), tight)
    expect(fit.msPerByte.value).toBe(tight.byte)
    expect(fit.rms).toBeGreaterThan(0.001)
  })
})
