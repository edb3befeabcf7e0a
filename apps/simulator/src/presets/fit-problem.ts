import { kvBytesPerToken } from '../engine/cost.ts'
import { longestRequest, memoryFit, memoryBreakdown, type MemoryLimits } from './memory.ts'
import { models } from './models.ts'
import type { Preset } from '../engine/preset.ts'
import { slices } from './slices.ts'

/** Highest `--gpu-memory-utilization` that is advised: the driver needs a little memory itself. */
const HIGHEST_UTILIZATION = 0.98

const counted = (amount: number) => amount.toLocaleString('en-US')

/** Says why a preset cannot serve one request of `maxModelLen` tokens, with the memory sum and advice; else undefined. */
export function fitProblem(preset: Preset, limits: MemoryLimits, maxModelLen: number): string | undefined {
  const fit = memoryFit(preset, limits)
  const longest = longestRequest(fit.blocks)
  if (longest >= maxModelLen) return undefined
  const { slice, model } = preset
  const needed = ((kvBytesPerToken(model) * maxModelLen) / 2 ** 30).toFixed(2)
  const what =
    longest === 0
      ? `${model.name} does not fit on ${slice.name}: no memory is left for the KV cache`
      : `one request of ${counted(maxModelLen)} tokens (--max-model-len) needs ${needed} GiB of KV cache; ` +
        `${model.name} on ${slice.name} leaves room for ${counted(longest)} tokens`
  return [what, memoryBreakdown(preset, limits, fit), ...advice(preset, limits, maxModelLen)].join('\n')
}

/** Like `fitProblem`, for a cache whose size was measured. */
export function measuredProblem(blocks: number, maxModelLen: number): string | undefined {
  const longest = longestRequest(blocks)
  if (longest >= maxModelLen) return undefined
  return `--max-model-len: one request of ${counted(maxModelLen)} tokens is longer than the ${counted(longest)} that the measured KV cache of --preset holds`
}

/** Changes each of which alone makes the request fit; the smallest change of each kind. */
function advice(preset: Preset, limits: MemoryLimits, maxModelLen: number): string[] {
  const fits = (changed: Partial<Preset>, least: number, other: Partial<MemoryLimits> = {}) =>
    longestRequest(memoryFit({ ...preset, ...changed }, { ...limits, ...other }).blocks) >= least
  const found: string[] = []
  const longest = longestRequest(memoryFit(preset, limits).blocks)
  if (longest > 0) found.push(`--max-model-len ${longest}`)
  for (let share = limits.gpuMemoryUtilization; share <= HIGHEST_UTILIZATION; share += 0.01)
    if (fits({}, maxModelLen, { gpuMemoryUtilization: share })) {
      found.push(`--gpu-memory-utilization ${(Math.ceil(share * 100) / 100).toFixed(2)}`)
      break
    }
  for (let seqs = limits.maxNumSeqs; seqs >= 1; seqs = Math.floor(seqs / 2))
    if (fits({}, maxModelLen, { maxNumSeqs: seqs })) {
      found.push(`--max-num-seqs ${seqs}`)
      break
    }
  const larger = slices.find((slice) => slice.card === preset.slice.card && fits({ slice }, maxModelLen))
  if (larger !== undefined) found.push(`--slice ${larger.name}`)
  const smaller = models.findLast((model) => fits({ model }, Math.min(maxModelLen, model.maxModelLen)))
  if (smaller !== undefined) found.push(`--model ${smaller.name}`)
  return found.length === 0 ? [] : [`each of these alone would help: ${found.join(', ')}`]
}
