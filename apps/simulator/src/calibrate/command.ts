import { accessSync, closeSync, constants, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { BadConfiguration } from '../configuration/bad-configuration.ts'
import { BLOCK_TOKENS } from '../presets/memory.ts'
import { models } from '../presets/models.ts'
import { serialisePresetFile } from '../configuration/preset-file.ts'
import type { ModelPreset, SlicePreset } from '../engine/preset.ts'
import { slices } from '../presets/slices.ts'
import { calibrationOf } from './calibration.ts'
import { checksOf } from './check.ts'
import { readFlags, usage, type CalibrateOptions } from './flags.ts'
import { measure } from './measure.ts'
import { modelPresetOf } from './model-config.ts'
import { observationsOf } from './observation.ts'
import { provenanceOf, reportOf } from './report.ts'
import { VllmClient, CalibrationError } from './vllm-client.ts'

const EXIT_BAD_CONFIGURATION = 78
const EXIT_UNAVAILABLE = 69

/**
 * `calibrate`: measures a server, fits the four efficiencies to it and writes a preset file.
 * @returns the exit code: 0, 78 for bad flags, 69 for a server that cannot be reached or measured
 */
export async function calibrate(
  args: readonly string[],
  print: (line: string) => void,
  printError: (line: string) => void,
): Promise<number> {
  if (args.includes('--help')) {
    print(usage())
    return 0
  }
  try {
    await calibrateWith(readFlags(args), print)
    return 0
  } catch (error) {
    if (error instanceof BadConfiguration) {
      printError(`Cannot calibrate:\n${error.problems.map((line) => `  ${line}`).join('\n')}`)
      return EXIT_BAD_CONFIGURATION
    }
    if (!(error instanceof CalibrationError)) throw error
    printError(error.message)
    return EXIT_UNAVAILABLE
  }
}

async function calibrateWith(options: CalibrateOptions, print: (line: string) => void): Promise<void> {
  const { url, apiKey, out, maxNumBatchedTokens } = options
  const slice = sliceOf(options.hardware)
  const sizes = sizesOf(options.sizes)
  checkWritable(out)
  const client = new VllmClient(url, apiKey)
  try {
    const { model, maxModelLen } = await client.findModel(options.model)
    const cacheTokens = await client.cacheTokens()
    print(`calibrating ${slice.name} by ${model} on ${url.origin}`)
    const { samples, checks: repeats, rounds } = await measure(client, { ...options, maxModelLen }, print)
    // The preset simulates this server, with the context length that it was started with.
    const served = { ...sizes, maxModelLen: Math.min(sizes.maxModelLen, maxModelLen ?? Infinity) }
    const calibration = calibrationOf(slice, served, observationsOf(samples))
    const requestMs = calibration.fit.requestMs?.value ?? 0
    const checks = checksOf(repeats, calibration.preset, { maxNumBatchedTokens, cacheTokens, requestMs })
    print(`\n${reportOf(calibration, checks)}\n`)
    const date = new Date().toISOString().slice(0, 10)
    const text = serialisePresetFile({
      name: `${sizes.name} on ${slice.name}, calibrated`,
      ...calibration.preset,
      ...(cacheTokens === undefined ? {} : { memory: { kvBlocks: Math.floor(cacheTokens / BLOCK_TOKENS) } }),
      measured: provenanceOf(calibration, checks, { url: url.origin, model, rounds, date }),
    })
    writeFileSync(out, text)
    print(`${out} is written; npm run simulator -- --preset ${out} simulates it.`)
  } finally {
    client.close()
  }
}

/** The slice of a preset, or one made of the given peaks, whose power is not known. */
function sliceOf(hardware: CalibrateOptions['hardware']): SlicePreset {
  if (typeof hardware !== 'string') {
    const whole = { ...hardware, idleWatts: 0, limitWatts: 1 }
    return { name: 'custom', card: 'custom', profile: undefined, ...hardware, whole }
  }
  const slice = slices.find(({ name }) => name === hardware)
  if (slice === undefined) throw new BadConfiguration([`--slice: ${hardware} is not known`])
  return slice
}

function sizesOf(sizes: CalibrateOptions['sizes']): ModelPreset {
  if ('config' in sizes) {
    const { config } = sizes
    try {
      return modelPresetOf(nameIn(config), readFileSync(config, 'utf8'))
    } catch (error) {
      const problems = error instanceof BadConfiguration ? error.problems : [(error as Error).message]
      throw new BadConfiguration(problems.map((problem) => `--model-config: ${config}: ${problem}`))
    }
  }
  const model = models.find(({ name }) => name === sizes.preset)
  if (model === undefined) throw new BadConfiguration([`--model-preset: ${sizes.preset} is not known`])
  return model
}

/** The name of the folder of a `config.json`, which is taken as the model's name. */
const nameIn = (path: string) => path.split(/[\\/]/).at(-2) ?? 'model'

/** Checks the output path before minutes of load rather than after. An older file stays until there is a new one. */
function checkWritable(path: string): void {
  try {
    if (existsSync(path)) closeSync(openSync(path, 'r+'))
    else accessSync(dirname(resolve(path)), constants.W_OK)
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException
    throw new BadConfiguration([`--out: ${path} cannot be written (${code})`])
  }
}
