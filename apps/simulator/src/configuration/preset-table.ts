import { batchLimits } from '../presets/batch-limits.ts'
import { BLOCK_TOKENS, longestRequest, memoryFit } from '../presets/memory.ts'
import { ASSUMED_EFFICIENCY, models } from '../presets/models.ts'
import { slices } from '../presets/slices.ts'
import { speedOf, TYPICAL_BATCH, TYPICAL_CONTEXT, TYPICAL_PROMPT } from '../presets/speed.ts'
import type { SimulatorOptions } from './options.ts'

const HEAD = [
  'slice',
  'model',
  'longest request',
  'KV cache, tokens',
  'ms a token alone',
  `tokens/s at ${TYPICAL_BATCH}`,
  `prefill of ${TYPICAL_PROMPT}, ms`,
]

/** A text table of the speed of every model on every slice, with the assumed efficiency. */
export function presetTable(options: SimulatorOptions): string {
  const rows = slices
    .flatMap((slice) => models.map((model) => ({ slice, model })))
    .map(({ slice, model }) => {
      const preset = { slice, model, efficiency: ASSUMED_EFFICIENCY }
      const { gpuMemoryUtilization } = options
      const fit = memoryFit(preset, {
        ...batchLimits(options, slice, model.maxModelLen),
        gpuMemoryUtilization,
      })
      const longest = Math.min(longestRequest(fit.blocks), options.maxModelLen ?? model.maxModelLen)
      if (longest === 0) return [slice.name, model.name, 'does not fit', '', '', '', '']
      const { aloneMs, batchRate, prefillMs } = speedOf(preset)
      const holdsBatch = longestRequest(fit.blocks) >= TYPICAL_BATCH * TYPICAL_CONTEXT
      return [
        slice.name,
        model.name,
        String(longest),
        String(fit.blocks * BLOCK_TOKENS),
        aloneMs.toFixed(1),
        holdsBatch ? batchRate.toFixed(0) : '-',
        prefillMs.toFixed(0),
      ]
    })
  const all = [HEAD, ...rows]
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const lines = all.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return column < 2 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n\nSequences of ${TYPICAL_CONTEXT} tokens; "-": the cache does not hold ${TYPICAL_BATCH} of them. Assumed efficiency: calibrate\nmeasures it. A request may be as long as "longest request" says: where that is less than the model's own\ncontext, --max-model-len must say so.\n`
}
