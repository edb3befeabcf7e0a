import type { Preset } from '../engine/preset.ts'
import { ASSUMED_EFFICIENCY, models } from '../presets/models.ts'
import { slices } from '../presets/slices.ts'
import { BadConfiguration } from './bad-configuration.ts'
import type { SimulatorOptions } from './options.ts'
import { readPresetFile, type PresetFile } from './preset-file.ts'

const DEFAULT_SLICE = 'a800-40gb:2g.10gb'
const DEFAULT_MODEL = 'qwen2.5-3b-instruct'

/**
 * Finds the presets that the options name. An unknown name is added to `problems` and replaced by another preset.
 * @returns the preset, and the size of its KV cache in blocks if that was measured
 */
export function choosePreset(
  options: Pick<SimulatorOptions, 'slice' | 'model' | 'presetFile'>,
  problems: string[],
): { preset: Preset; measuredBlocks: number | undefined } {
  const file = options.presetFile === undefined ? undefined : readFile(options.presetFile, problems)
  const find = <T extends { readonly name: string }>(
    presets: readonly T[],
    name: string,
    flag: string,
  ): T => {
    const found = presets.find((preset) => preset.name === name)
    if (found === undefined) problems.push(`${flag}: no preset is called "${name}"; --list-presets shows all`)
    return (found ?? presets[0]) as T
  }
  const slice =
    options.slice === undefined && file !== undefined
      ? file.slice
      : find(slices, options.slice ?? DEFAULT_SLICE, '--slice (SIM_SLICE)')
  const model =
    options.model === undefined && file !== undefined
      ? file.model
      : find(models, shortName(options.model ?? DEFAULT_MODEL), '--model (SIM_MODEL_PRESET)')
  // The cache was measured with one model on one slice, so its size is not valid for others.
  const asMeasured = options.slice === undefined && options.model === undefined
  return {
    preset: { slice, model, efficiency: file?.efficiency ?? ASSUMED_EFFICIENCY },
    measuredBlocks: asMeasured ? file?.memory?.kvBlocks : undefined,
  }
}

/** Converts a name on Hugging Face, such as `Qwen/Qwen2.5-3B-Instruct`, to a preset name: `qwen2.5-3b-instruct`. */
const shortName = (name: string) => name.slice(name.lastIndexOf('/') + 1).toLowerCase()

function readFile(path: string, problems: string[]): PresetFile | undefined {
  try {
    return readPresetFile(path)
  } catch (error) {
    if (!(error instanceof BadConfiguration)) throw error
    problems.push(...error.problems)
    return undefined
  }
}
